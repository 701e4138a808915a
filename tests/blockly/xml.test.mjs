// What Blockly's XML does with characters that XML cannot carry, and what Blocksieve does with such a file: JSON has to
// be used for these.
//
// What was found, with Blockly 13.3.0:
// - A CR is written as it is. Every XML parser reads a CR, or a CR and LF, as one LF: the CR is lost.
// - Other control characters (U+0001 to U+001F) are written as `&#1;`, which no XML 1.0 may hold. A strict parser, a
//   browser's too, refuses the whole file; Blockly then parses it again as HTML, where NUL and some others change.
//   A tab goes out as `&#9;` and comes back. Blocksieve refuses the file, and writes none.
// - U+FFFE, U+FFFF and halves of surrogate pairs are written as they are, which no XML may hold either. Blocksieve
//   refuses the file, and writes none. Half a pair is nothing that UTF-8 has: in a file it is U+FFFD. In JSON it is an
//   escape that Blocksieve refuses.
// - Blocksieve writes a CR as `&#13;`, which Blockly loads as the CR it is. Saved as XML by Blockly, it is lost.
// - Everything else comes back: line breaks, U+2028, U+0085, `]]>`, a typed `&#10;`.
import assert from "node:assert/strict";
import { test } from "node:test";
import { convert, file, run } from "./blocksieve.mjs";
import { ruleAround } from "./rules.mjs";
import { Blockly, FORMATS } from "./support.mjs";

/** The text of a text block that was saved as XML, and the same loaded again. */
function throughXml(text) {
  const workspace = new Blockly.Workspace();
  workspace.newBlock("text").getField("TEXT").setValue(text);
  const saved = FORMATS.xml.save(workspace);
  const [again] = FORMATS.xml.load(saved).getTopBlocks();
  return { written: /<field name="TEXT">(.*)<\/field>/s.exec(saved)[1], read: again.getFieldValue("TEXT") };
}

test("a CR is lost: a parser of XML makes it a LF", () => {
  assert.deepEqual(throughXml("a\r\nb\rc"), { written: "a\r\nb\rc", read: "a\nb\nc" });
});

test("control characters are written as references that XML does not have; a tab is one that it has", () => {
  assert.equal(throughXml("a\u0001\u001bb").written, "a&#1;&#27;b");
  assert.deepEqual(throughXml("a\u0000b"), { written: "a&#0;b", read: "a\ufffdb" });
  assert.deepEqual(throughXml("a\tb"), { written: "a&#9;b", read: "a\tb" });
});

test("what is no character of XML is written as it is", () => {
  for (const text of ["\ufffe", "\uffff", "\ud800"]) assert.equal(throughXml(text).written, text);
});

test("everything else comes back, a typed reference too", () => {
  for (const text of ["\n", " \n ", "\u0085", "\u2028", "😀", "]]>", "&#10;", "<![CDATA[x]]>"]) {
    assert.equal(throughXml(text).read, text);
  }
});

/** What Blockly saves of a rule in which a text stands. */
function savedRule(text, format) {
  const workspace = new Blockly.Workspace();
  const block = workspace.newBlock("text");
  block.getField("TEXT").setValue(text);
  ruleAround(block, "x");
  return file(`rule.${format}`, FORMATS[format].save(workspace));
}

const textIn = (workspace) => workspace.getBlocksByType("text")[0].getFieldValue("TEXT");

test("Blocksieve writes a CR so that Blockly loads it", () => {
  for (const text of ["a\r\nb", "a\rb"]) {
    const written = convert("blockly-xml", savedRule(text, "json"));
    assert.ok(written.includes("&#13;"));
    assert.equal(textIn(FORMATS.xml.load(written)), text);
  }
});

test("Blocksieve reads a CR out of Blockly's XML as every parser does", () => {
  assert.equal(textIn(FORMATS.json.load(convert("blockly-json", savedRule("a\r\nb", "xml")))), "a\nb");
});

test("Blocksieve refuses XML that is none, and writes none; each time it names the character", () => {
  for (const [text, name] of [
    ["\u0001", "U+0001"],
    ["\u000b", "U+000B"],
    ["\ufffe", "U+FFFE"],
    ["\uffff", "U+FFFF"],
  ]) {
    for (const format of Object.keys(FORMATS)) {
      const { status, out, err } = run("convert", "--to", "blockly-xml", savedRule(text, format));
      assert.equal(status, 2);
      assert.equal(out, "");
      assert.match(err, new RegExp(`XML cannot carry the character ${name.replace("+", "[+]")}`));
    }
  }
});

test("half a surrogate pair is refused out of JSON, at its place", () => {
  const { status, err } = run("convert", "--to", "text", savedRule("a\ud800b", "json"));
  assert.equal(status, 2);
  assert.match(err, /BS0800/);
});
