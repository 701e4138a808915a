//! A template's names, asked before anything is filled in.
//!
//! In: one part of a template as minijinja reads it, and what is known. Out: a fault for each variable, field, filter, test, function and method that
//! nobody knows, at its place, with the nearest. Names that the template itself gives (`for`, `set`, `with`, macros) are known where it gives them,
//! with what stands below them. Never here: filling in.
//!
//! Nesting is bounded by minijinja's parser and `limits::TEMPLATE_TAG_BYTES`.

use std::collections::BTreeMap;
use std::ops::Range;

use minijinja::machinery::Span;
use minijinja::machinery::ast::{CallArg, CallType, Expr, Macro, Stmt};

use super::names::{Known, Shape, VARIABLES, names};
use super::{Fault, filters};
use crate::diagnostic::{Code, nearest};

/// Jinja's filters.
pub(super) const FILTERS: &[&str] = &[
    "abs",
    "attr",
    "batch",
    "bool",
    "capitalize",
    "chain",
    "count",
    "d",
    "default",
    "dictsort",
    "e",
    "escape",
    "first",
    "float",
    "format",
    "groupby",
    "indent",
    "int",
    "items",
    "join",
    "last",
    "length",
    "lines",
    "list",
    "lower",
    "map",
    "max",
    "min",
    "pprint",
    "reject",
    "rejectattr",
    "replace",
    "reverse",
    "round",
    "select",
    "selectattr",
    "slice",
    "sort",
    "split",
    "string",
    "sum",
    "title",
    "tojson",
    "trim",
    "unique",
    "upper",
    "urlencode",
    "zip",
];
/// Jinja's tests.
pub(super) const TESTS: &[&str] = &[
    "boolean",
    "defined",
    "divisibleby",
    "endingwith",
    "eq",
    "equalto",
    "even",
    "false",
    "float",
    "ge",
    "greaterthan",
    "gt",
    "in",
    "int",
    "integer",
    "iterable",
    "le",
    "lessthan",
    "lower",
    "lt",
    "mapping",
    "ne",
    "none",
    "number",
    "odd",
    "sameas",
    "sequence",
    "startingwith",
    "string",
    "true",
    "undefined",
    "upper",
    "==",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
];
/// Jinja's functions.
pub(super) const FUNCTIONS: &[&str] = &["dict", "namespace", "range"];
/// Python's methods, and those of `loop`.
const METHODS: &[&str] = &[
    "capitalize",
    "count",
    "endswith",
    "find",
    "format",
    "get",
    "isalnum",
    "isalpha",
    "isascii",
    "isdigit",
    "islower",
    "isnumeric",
    "isspace",
    "isupper",
    "items",
    "join",
    "keys",
    "lower",
    "lstrip",
    "replace",
    "rfind",
    "rstrip",
    "split",
    "splitlines",
    "startswith",
    "strip",
    "title",
    "upper",
    "values",
    "cycle",
    "changed",
];

/// The faults of a part.
pub(super) fn faults(stmt: &Stmt<'_>, known: &Known) -> Vec<Fault> {
    let mut walk = Walk { known, scopes: vec![BTreeMap::new()], faults: Vec::new() };
    walk.stmt(stmt);
    walk.faults
}

struct Walk<'k> {
    known: &'k Known,
    /// Names that the template gives, innermost last.
    scopes: Vec<BTreeMap<String, Shape>>,
    faults: Vec<Fault>,
}

fn range(span: Span) -> Range<usize> {
    span.start_offset as usize..span.end_offset as usize
}

impl Walk<'_> {
    fn fault(&mut self, span: Span, message: String, help: String) {
        self.faults.push(Fault { code: Code::UnknownInTemplate, range: range(span), message, help });
    }

    /// Tells of a name of this kind that is none of these.
    fn unknown(&mut self, span: Span, what: &str, name: &str, all: &[&str]) {
        let help = match nearest(name, all.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there are {}", all.join(", ")),
        };
        self.fault(span, format!("there is no {what} `{name}`"), help);
    }

    fn give(&mut self, name: &str, shape: Shape) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(name.to_string(), shape);
        }
    }

    fn given(&self, name: &str) -> Option<Shape> {
        self.scopes.iter().rev().find_map(|scope| scope.get(name).copied())
    }

    fn target(&mut self, target: &Expr<'_>, shape: Shape) {
        match target {
            Expr::Var(var) => self.give(var.id, shape),
            Expr::List(list) => list.items.iter().for_each(|item| self.target(item, Shape::Any)),
            Expr::Tuple(tuple) => tuple.items.iter().for_each(|item| self.target(item, Shape::Any)),
            // `set ns.x`: a namespace takes any name.
            other => {
                self.expr(other);
            }
        }
    }

    fn inside(&mut self, given: &[(&str, Shape)], body: &[Stmt<'_>]) {
        self.scopes.push(given.iter().map(|(name, shape)| ((*name).to_string(), *shape)).collect());
        self.body(body);
        self.scopes.pop();
    }

    fn body(&mut self, body: &[Stmt<'_>]) {
        body.iter().for_each(|stmt| self.stmt(stmt));
    }

    fn stmt(&mut self, stmt: &Stmt<'_>) {
        match stmt {
            Stmt::Template(template) => self.body(&template.children),
            Stmt::EmitExpr(emit) => {
                self.expr(&emit.expr);
            }
            Stmt::EmitRaw(_) => {}
            Stmt::ForLoop(each) => {
                let item = match self.expr(&each.iter) {
                    Shape::List(item) => *item,
                    Shape::Any | Shape::Msg | Shape::Map(_) => Shape::Any,
                };
                self.scopes.push(BTreeMap::from([("loop".to_string(), Shape::Any)]));
                self.target(&each.target, item);
                if let Some(filter) = &each.filter_expr {
                    self.expr(filter);
                }
                self.body(&each.body);
                self.scopes.pop();
                self.inside(&[], &each.else_body);
            }
            Stmt::IfCond(cond) => {
                self.expr(&cond.expr);
                self.body(&cond.true_body);
                self.body(&cond.false_body);
            }
            Stmt::WithBlock(with) => {
                self.scopes.push(BTreeMap::new());
                for (target, expr) in &with.assignments {
                    let shape = self.expr(expr);
                    self.target(target, shape);
                }
                self.body(&with.body);
                self.scopes.pop();
            }
            Stmt::Set(set) => {
                let shape = self.expr(&set.expr);
                self.target(&set.target, shape);
            }
            Stmt::SetBlock(set) => {
                self.filter_of_block(set.filter.as_ref());
                self.inside(&[], &set.body);
                self.target(&set.target, Shape::Any);
            }
            Stmt::AutoEscape(escape) => {
                let help = "leave `autoescape` out: the HTML part escapes each value, text and subject none";
                self.fault(escape.span(), "what is escaped is not the template's choice".to_string(), help.to_string());
                self.body(&escape.body);
            }
            Stmt::FilterBlock(filter) => {
                self.filter_of_block(Some(&filter.filter));
                self.inside(&[], &filter.body);
            }
            Stmt::Macro(declared) => {
                self.give(declared.name, Shape::Any);
                self.declared(declared);
            }
            Stmt::CallBlock(call) => {
                self.call(&call.call.identify_call(), &call.call.args, call.call.span());
                self.declared(&call.macro_decl);
            }
            Stmt::Do(call) => {
                self.call(&call.call.identify_call(), &call.call.args, call.call.span());
            }
        }
    }

    fn declared(&mut self, declared: &Macro<'_>) {
        declared.defaults.iter().for_each(|default| {
            self.expr(default);
        });
        self.scopes.push(BTreeMap::from([("caller".to_string(), Shape::Any)]));
        declared.args.iter().for_each(|arg| self.target(arg, Shape::Any));
        self.body(&declared.body);
        self.scopes.pop();
    }

    fn filter_of_block(&mut self, filter: Option<&Expr<'_>>) {
        if let Some(filter) = filter {
            self.expr(filter);
        }
    }

    /// What stands below an expression.
    fn expr(&mut self, expr: &Expr<'_>) -> Shape {
        match expr {
            Expr::Var(var) => self.variable(var.id, var.span()),
            Expr::Const(_) => Shape::Any,
            Expr::GetAttr(attr) => {
                let shape = self.expr(&attr.expr);
                self.member(shape, attr.name, attr.span(), &attr.expr)
            }
            Expr::GetItem(item) => {
                let shape = self.expr(&item.expr);
                match &item.subscript_expr {
                    Expr::Const(key) => self.member(shape, &key.value.to_string(), item.span(), &item.expr),
                    other => {
                        self.expr(other);
                        match shape {
                            Shape::List(item) => *item,
                            Shape::Any | Shape::Msg | Shape::Map(_) => Shape::Any,
                        }
                    }
                }
            }
            Expr::Slice(slice) => {
                let shape = self.expr(&slice.expr);
                [&slice.start, &slice.stop, &slice.step].into_iter().flatten().for_each(|bound| {
                    self.expr(bound);
                });
                shape
            }
            Expr::UnaryOp(op) => {
                self.expr(&op.expr);
                Shape::Any
            }
            Expr::BinOp(op) => {
                self.expr(&op.left);
                self.expr(&op.right);
                Shape::Any
            }
            Expr::Compare(compare) => {
                self.expr(&compare.expr);
                compare.ops.iter().for_each(|op| {
                    self.expr(&op.expr);
                });
                Shape::Any
            }
            Expr::IfExpr(cond) => {
                self.expr(&cond.test_expr);
                self.expr(&cond.true_expr);
                if let Some(otherwise) = &cond.false_expr {
                    self.expr(otherwise);
                }
                Shape::Any
            }
            Expr::Filter(filter) => {
                let shape = filter.expr.as_ref().map_or(Shape::Any, |of| self.expr(of));
                self.args(&filter.args);
                self.filter(filter.name, filter.span(), shape)
            }
            Expr::Test(test) => {
                self.expr(&test.expr);
                self.args(&test.args);
                if !TESTS.contains(&test.name) {
                    self.unknown(test.span(), "test", test.name, TESTS);
                }
                Shape::Any
            }
            Expr::Call(call) => {
                self.call(&call.identify_call(), &call.args, call.span());
                Shape::Any
            }
            Expr::List(list) => {
                list.items.iter().for_each(|item| {
                    self.expr(item);
                });
                Shape::List(&Shape::Any)
            }
            Expr::Tuple(tuple) => {
                tuple.items.iter().for_each(|item| {
                    self.expr(item);
                });
                Shape::List(&Shape::Any)
            }
            Expr::Map(map) => {
                map.keys.iter().chain(&map.values).for_each(|each| {
                    self.expr(each);
                });
                Shape::Any
            }
        }
    }

    fn args(&mut self, args: &[CallArg<'_>]) {
        for arg in args {
            match arg {
                CallArg::Pos(expr) | CallArg::Kwarg(_, expr) | CallArg::PosSplat(expr) | CallArg::KwargSplat(expr) => {
                    self.expr(expr);
                }
            }
        }
    }

    fn variable(&mut self, name: &str, span: Span) -> Shape {
        if let Some(shape) = self.given(name) {
            return shape;
        }
        if let Some((_, shape)) = VARIABLES.iter().find(|(have, _)| *have == name) {
            return *shape;
        }
        let mut all: Vec<&str> = VARIABLES.iter().map(|(name, _)| *name).collect();
        // A field without what it stands below.
        if self.known.member(Shape::Msg, name).is_ok() {
            let help = format!("did you mean `msg.{name}`?");
            self.fault(span, format!("there is no variable `{name}`"), help);
            return Shape::Any;
        }
        let given: Vec<String> = self.scopes.iter().flat_map(|scope| scope.keys().cloned()).collect();
        all.extend(given.iter().map(String::as_str));
        self.unknown(span, "variable", name, &all);
        Shape::Any
    }

    fn member(&mut self, shape: Shape, name: &str, span: Span, of: &Expr<'_>) -> Shape {
        let near = match self.known.member(shape, name) {
            Ok(shape) => return shape,
            Err(near) => near,
        };
        let of = written(of);
        let (message, help) = match (shape, near) {
            (Shape::List(_), _) => (
                format!("`{of}` is a list, which has no `{name}`"),
                format!("write {{% for each in {of} %}}, `{of}[0]` or `{of}|length`"),
            ),
            (Shape::Msg, Some(near)) => {
                (format!("no event has a field `{of}.{name}`"), format!("did you mean `{of}.{near}`?"))
            }
            (Shape::Msg, None) => (
                format!("no event has a field `{of}.{name}`"),
                format!("of other products' events ask by {of}.get(\"{name}\"), which is not checked"),
            ),
            (Shape::Any | Shape::Map(_), Some(near)) => {
                (format!("`{of}` has no `{name}`"), format!("did you mean `{of}.{near}`?"))
            }
            (Shape::Any | Shape::Map(_), None) => {
                (format!("`{of}` has no `{name}`"), format!("it has {}", names(shape).join(", ")))
            }
        };
        self.fault(span, message, help);
        Shape::Any
    }

    fn filter(&mut self, name: &str, span: Span, shape: Shape) -> Shape {
        match name {
            "safe" => {
                let help = "leave it out: what an endpoint wrote goes into no page unescaped; markup of the template's own may stand in a macro or a `set` block";
                self.fault(span, "there is no filter `safe`".to_string(), help.to_string());
                Shape::Any
            }
            "first" | "last" => match shape {
                Shape::List(item) => *item,
                Shape::Any | Shape::Msg | Shape::Map(_) => Shape::Any,
            },
            "default" | "d" | "list" | "reject" | "rejectattr" | "reverse" | "select" | "selectattr" | "sort"
            | "unique" => shape,
            name if FILTERS.contains(&name) || filters::FILTERS.contains(&name) => Shape::Any,
            name => {
                let all: Vec<&str> = filters::FILTERS.iter().chain(FILTERS).copied().collect();
                self.unknown(span, "filter", name, &all);
                Shape::Any
            }
        }
    }

    fn call(&mut self, call: &CallType<'_, '_>, args: &[CallArg<'_>], span: Span) {
        self.args(args);
        match call {
            CallType::Function(name) => {
                if self.given(name).is_none() && !FUNCTIONS.contains(name) {
                    let given: Vec<String> = self.scopes.iter().flat_map(|scope| scope.keys().cloned()).collect();
                    let all: Vec<&str> = FUNCTIONS.iter().copied().chain(given.iter().map(String::as_str)).collect();
                    self.unknown(span, "function", name, &all);
                }
            }
            CallType::Method(of, name) => {
                self.expr(of);
                if !METHODS.contains(name) {
                    self.unknown(span, "method", name, METHODS);
                }
            }
            CallType::Object(of) => {
                self.expr(of);
            }
        }
    }
}

/// A path as it is written, for the words of a fault.
fn written(expr: &Expr<'_>) -> String {
    match expr {
        Expr::Var(var) => var.id.to_string(),
        Expr::GetAttr(attr) => format!("{}.{}", written(&attr.expr), attr.name),
        Expr::GetItem(item) => match &item.subscript_expr {
            Expr::Const(key) => match key.value.as_str() {
                Some(name) => format!("{}['{name}']", written(&item.expr)),
                None => format!("{}[{}]", written(&item.expr), key.value),
            },
            _other => format!("{}[…]", written(&item.expr)),
        },
        _other => "…".to_string(),
    }
}
