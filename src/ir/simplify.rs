//! What may be rewritten in a condition.
//!
//! In: an arena of conditions and a root. Out: a root that holds for the same events, in fewer steps. Never here: a site
//! lost, merged or moved before another (what is asked, and in which order, stays what the source says).
//!
//! | from | to |
//! | --- | --- |
//! | `not not a` | `a` |
//! | `not` of a constant | the other constant |
//! | `and` / `or` inside the same | one `and` / `or` |
//! | a constant member that decides nothing | left out |
//! | a constant member that decides | what stands behind it is left out |
//! | an `and` / `or` of one member | the member |

use std::collections::BinaryHeap;

use super::{Node, NodeId};

/// Simplifies the condition at `root`; new nodes are added at the end of the arena. Takes time for this condition, not for all.
pub fn simplify(nodes: &mut Vec<Node>, root: NodeId) -> NodeId {
    // Ids grow from child to parent: the largest first, so that the same one comes several times in a row.
    let (mut open, mut wanted) = (BinaryHeap::from([root]), Vec::new());
    while let Some(node) = open.pop() {
        if wanted.last() != Some(&node) {
            wanted.push(node);
            open.extend(nodes.get(node.index()).map(children).unwrap_or_default());
        }
    }
    wanted.reverse();
    // What each of them became, children first.
    let mut done = Done { from: wanted, to: Vec::new() };
    for at in 0..done.from.len() {
        let node = done.from[at];
        let new = match nodes[node.index()].clone() {
            Node::Const(_) | Node::Test(_) => node,
            Node::Not(child) => negate(nodes, done.get(child)),
            Node::And(members) => join(nodes, &members, &done, true),
            Node::Or(members) => join(nodes, &members, &done, false),
        };
        done.to.push(new);
    }
    done.get(root)
}

/// What nodes became, in the order of their ids.
struct Done {
    from: Vec<NodeId>,
    to: Vec<NodeId>,
}

impl Done {
    fn get(&self, node: NodeId) -> NodeId {
        self.from.binary_search(&node).ok().and_then(|at| self.to.get(at)).copied().unwrap_or(node)
    }
}

/// The children of a node.
pub fn children(node: &Node) -> Vec<NodeId> {
    match node {
        Node::Const(_) | Node::Test(_) => Vec::new(),
        Node::Not(child) => vec![*child],
        Node::And(members) | Node::Or(members) => members.clone(),
    }
}

fn add(nodes: &mut Vec<Node>, node: Node) -> NodeId {
    nodes.push(node);
    NodeId(nodes.len() as u32 - 1)
}

fn negate(nodes: &mut Vec<Node>, child: NodeId) -> NodeId {
    match &nodes[child.index()] {
        Node::Const(value) => {
            let value = !*value;
            add(nodes, Node::Const(value))
        }
        Node::Not(inner) => *inner,
        Node::Test(_) | Node::And(_) | Node::Or(_) => add(nodes, Node::Not(child)),
    }
}

fn join(nodes: &mut Vec<Node>, members: &[NodeId], done: &Done, and: bool) -> NodeId {
    let mut flat = Vec::with_capacity(members.len());
    for member in members {
        let member = done.get(*member);
        match &nodes[member.index()] {
            Node::Const(value) if *value == and => {}
            Node::Const(_) => {
                flat.push(member);
                break;
            }
            Node::And(inner) if and => flat.extend(inner.iter().copied()),
            Node::Or(inner) if !and => flat.extend(inner.iter().copied()),
            Node::Test(_) | Node::Not(_) | Node::And(_) | Node::Or(_) => flat.push(member),
        }
    }
    match flat.as_slice() {
        [] => add(nodes, Node::Const(and)),
        [only] => *only,
        _ => add(nodes, if and { Node::And(flat) } else { Node::Or(flat) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::SiteId;

    #[test]
    fn nested_joins_flatten_and_double_negations_vanish() {
        let mut nodes = vec![
            Node::Test(SiteId(0)),
            Node::Test(SiteId(1)),
            Node::Not(NodeId(0)),
            Node::Not(NodeId(2)),
            Node::And(vec![NodeId(3), NodeId(1)]),
            Node::Const(true),
            Node::Test(SiteId(2)),
            Node::And(vec![NodeId(4), NodeId(5), NodeId(6)]),
        ];
        let root = simplify(&mut nodes, NodeId(7));
        assert_eq!(nodes[root.index()], Node::And(vec![NodeId(0), NodeId(1), NodeId(6)]));
    }

    #[test]
    fn a_constant_that_decides_cuts_what_stands_behind_it() {
        let mut nodes = vec![
            Node::Test(SiteId(0)),
            Node::Const(true),
            Node::Test(SiteId(1)),
            Node::Or(vec![NodeId(0), NodeId(1), NodeId(2)]),
        ];
        let root = simplify(&mut nodes, NodeId(3));
        assert_eq!(nodes[root.index()], Node::Or(vec![NodeId(0), NodeId(1)]));
    }
}
