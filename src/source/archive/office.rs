//! Text of office documents that is split over several elements of their XML, as Word does at every change of spelling
//! or format: `<w:t>sk_</w:t></w:r><w:r><w:t>live</w:t>`.

use bstr::ByteSlice;

/// Root elements of what holds text: WordprocessingML, PresentationML, SpreadsheetML's strings, OpenDocument.
const ROOTS: &[&[u8]] = &[
    b"<w:document",
    b"<w:hdr",
    b"<w:ftr",
    b"<w:comments",
    b"<w:footnotes",
    b"<w:endnotes",
    b"<p:sld",
    b"<p:notes",
    b"<sst",
    b"<office:document",
];
/// Elements at whose end a line ends.
const LINES: &[&[u8]] = &[b"/w:p", b"/a:p", b"/si", b"/text:p", b"/text:h"];
/// Elements that stand for a blank.
const BLANKS: &[&[u8]] = &[b"w:tab", b"w:br", b"w:cr", b"a:br", b"text:tab", b"text:s", b"text:line-break"];

/// Whether these bytes begin such a part of a document.
pub(super) fn is_one(head: &[u8]) -> bool {
    let is_xml = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).starts_with(b"<?xml");
    is_xml && ROOTS.iter().any(|root| head.contains_str(root))
}

/// Lines in which words go on over several elements, put together; a line each, empty where nothing was split.
pub(super) fn joined(xml: &[u8]) -> Vec<u8> {
    let (mut out, mut line, mut is_split, mut any) = (Vec::new(), Vec::new(), false, false);
    let mut rest = xml;
    while let Some((text, after)) = rest.split_once_str("<") {
        is_split |= goes_on(&line, text);
        push(&mut line, text);
        let Some((tag, after)) = after.split_once_str(">") else { break };
        let name = tag.split(|byte| matches!(byte, b' ' | b'\n' | b'\r' | b'\t')).next().unwrap_or_default();
        let name = name.strip_suffix(b"/").unwrap_or(name);
        if BLANKS.contains(&name) {
            line.push(b' ');
        } else if LINES.contains(&name) {
            if is_split {
                out.extend_from_slice(&line);
                any = true;
            }
            out.push(b'\n');
            line.clear();
            is_split = false;
        }
        rest = after;
    }
    if any { out } else { Vec::new() }
}

fn goes_on(line: &[u8], text: &[u8]) -> bool {
    let is_word = |byte: Option<&u8>| byte.is_some_and(|byte| !byte.is_ascii_whitespace());
    is_word(line.last()) && is_word(text.first())
}

fn push(line: &mut Vec<u8>, text: &[u8]) {
    if !text.contains(&b'&') {
        return line.extend_from_slice(text);
    }
    const ENTITIES: [(&str, &str); 5] =
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
    let plain = ENTITIES.iter().fold(text.to_vec(), |text, (entity, plain)| text.replace(entity, plain));
    line.extend_from_slice(&plain);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_split_is_put_together() {
        let xml = b"<?xml version=\"1.0\"?><w:document><w:p><w:r><w:t>whole</w:t></w:r></w:p>\
            <w:p><w:r><w:t>a=b&amp;</w:t></w:r><w:r><w:t>c</w:t></w:r><w:tab/><w:r><w:t>d</w:t></w:r></w:p></w:document>";
        assert!(is_one(xml));
        assert_eq!(joined(xml).as_bstr(), "\na=b&c d\n");
        assert_eq!(joined(b"<w:p><w:t>one</w:t> <w:t>two</w:t></w:p>"), b"");
    }
}
