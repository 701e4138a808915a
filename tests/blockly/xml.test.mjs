// What Blockly's XML does with characters that XML cannot carry. Blocksieve reads such files but writes none: a text
// with one of these characters has to go out as JSON.
//
// What was found, with Blockly 13.3.0:
// - A CR is written as it is. Every XML parser reads a CR, or a CR and LF, as one LF: the CR is lost.
// - Other control characters (U+0001 to U+001F) are written as `&#1;`, which no XML 1.0 may hold. A strict parser, a
//   browser's too, refuses the whole file; Blockly then parses it again as HTML, where NUL and some others change.
//   A tab goes out as `&#9;` and comes back.
// - U+FFFE, U+FFFF and halves of surrogate pairs are written as they are, which no XML may hold either.
// - Everything else comes back: line breaks, U+2028, U+0085, `]]>`, a typed `&#10;`.
import assert from "node:assert/strict";
import { test } from "node:test";
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
