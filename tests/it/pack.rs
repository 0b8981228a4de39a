//! Archives and files with packed parts, made at test time: by a library's writer where there is one, else by hand.

use std::io::{Cursor, Write};

use super::support::token;

/// Settings with a token in their second line.
pub(crate) fn settings(seed: &str) -> Vec<u8> {
    format!("# settings\nGITHUB_TOKEN={}\n", token(seed)).into_bytes()
}

pub(crate) fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        let options = zip::write::SimpleFileOptions::default();
        writer.start_file(*name, options).expect("a member can be begun");
        writer.write_all(bytes).expect("memory can be written");
    }
    writer.finish().expect("memory can be written").into_inner()
}

/// The same with nothing compressed.
pub(crate) fn stored(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        let options =
            zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        writer.start_file(*name, options).expect("a member can be begun");
        writer.write_all(bytes).expect("memory can be written");
    }
    writer.finish().expect("memory can be written").into_inner()
}

pub(crate) fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, *bytes).expect("memory can be written");
    }
    builder.into_inner().expect("memory can be written")
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(bytes).and_then(|()| out.finish()).expect("memory can be written")
}

pub(crate) fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut out = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    out.write_all(bytes).and_then(|()| out.finish()).expect("memory can be written")
}

pub(crate) fn xz(bytes: &[u8]) -> Vec<u8> {
    let options = lzma_rust2::XzOptions::with_preset(1);
    let mut out = lzma_rust2::XzWriter::new(Vec::new(), options).expect("the options are sound");
    out.write_all(bytes).and_then(|()| out.finish()).expect("memory can be written")
}

pub(crate) fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

/// A brotli stream that packs nothing: RFC 7932, 9.2, one uncompressed meta-block and an empty last one.
pub(crate) fn brotli(bytes: &[u8]) -> Vec<u8> {
    let head = ((bytes.len() as u32 - 1) << 4 | 1 << 20).to_le_bytes();
    [&head[..3], bytes, &[3]].concat()
}

/// An archive of Unix or Debian.
pub(crate) fn ar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = b"!<arch>\n".to_vec();
    for (name, bytes) in members {
        let header = format!(
            "{:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n",
            format!("{name}/"),
            0,
            0,
            0,
            100_644,
            bytes.len()
        );
        out.extend_from_slice(header.as_bytes());
        out.extend_from_slice(bytes);
        out.resize(out.len().next_multiple_of(2), b'\n');
    }
    out
}

pub(crate) fn cpio(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, bytes) in members.iter().chain(&[("TRAILER!!!", &b""[..])]) {
        let numbers = [0, 0o100_644, 0, 0, 1, 0, bytes.len(), 0, 0, 0, 0, name.len() + 1, 0];
        let digits: String = numbers.iter().map(|number| format!("{number:08x}")).collect();
        out.extend_from_slice(format!("070701{digits}{name}\0").as_bytes());
        out.resize(out.len().next_multiple_of(4), 0);
        out.extend_from_slice(bytes);
        out.resize(out.len().next_multiple_of(4), 0);
    }
    out
}

/// A package with a script in its header and a packed archive of files.
pub(crate) fn rpm(script: &[u8], payload: &[u8]) -> Vec<u8> {
    let header = |strings: &[u8]| {
        let counts = [1_u32.to_be_bytes(), (strings.len() as u32).to_be_bytes()].concat();
        [b"\x8e\xad\xe8\x01\0\0\0\0", &counts[..], &[0; 16], strings].concat()
    };
    let lead = [b"\xed\xab\xee\xdb".as_slice(), &[0; 92]].concat();
    [lead, header(b"12345678"), header(script), payload.to_vec()].concat()
}

/// A 7z archive of one file, with the method's id and properties, and what it makes of the file.
pub(crate) fn seven_zip(name: &str, bytes: &[u8], method: (&[u8], &[u8]), packed: &[u8]) -> Vec<u8> {
    let number = |n: usize| [&[0xc0][..], &(n as u16).to_le_bytes()].concat();
    let (id, properties) = method;
    let coder = [&[0x20 | id.len() as u8], id, &[properties.len() as u8], properties].concat();
    let units: Vec<u8> = name.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
    let sum = crc32fast::hash(bytes).to_le_bytes();
    let header = [
        &[1, 4, 6, 0, 1, 9][..],
        &number(packed.len()),
        &[0, 7, 0x0b, 1, 0, 1],
        &coder,
        &[0x0c],
        &number(bytes.len()),
        &[0x0a, 1],
        &sum,
        &[0, 8, 0, 0, 5, 1, 0x11],
        &[units.len() as u8 + 1, 0],
        &units,
        &[0, 0],
    ]
    .concat();
    let sizes = [(packed.len() as u64).to_le_bytes(), (header.len() as u64).to_le_bytes()].concat();
    let start = [&sizes[..], &crc32fast::hash(&header).to_le_bytes()].concat();
    let sum = crc32fast::hash(&start).to_le_bytes();
    [b"7z\xbc\xaf\x27\x1c\0\x04", &sum[..], &start, packed, &header].concat()
}

/// What Electron packs: a directory in JSON, and files.
pub(crate) fn asar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut files, mut data) = (serde_json::Map::new(), Vec::new());
    for (name, bytes) in members {
        let entry = serde_json::json!({ "size": bytes.len(), "offset": data.len().to_string() });
        files.insert((*name).to_owned(), entry);
        data.extend_from_slice(bytes);
    }
    let json = serde_json::json!({ "files": { "lib": { "files": files } } }).to_string();
    let padded = json.len().next_multiple_of(4);
    let number = |n: usize| (n as u32).to_le_bytes();
    let start = [number(4), number(padded + 8), number(padded + 4), number(json.len())].concat();
    [&start, json.as_bytes(), &b"\0\0\0"[..padded - json.len()], &data].concat()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(bytes).and_then(|()| out.finish()).expect("memory can be written")
}

/// A PDF with one stream, packed by the filters named, outermost first.
pub(crate) fn pdf(filters: &str, packed: &[u8]) -> Vec<u8> {
    let head = format!("%PDF-1.7\n7 0 obj\n<< /Length {} /Filter {filters} >>\nstream\n", packed.len());
    [head.as_bytes(), packed, b"\nendstream\nendobj\ntrailer\n<< /Size 8 >>\n%%EOF\n"].concat()
}

/// The content of a page that shows a text in pieces.
pub(crate) fn page(text: &str) -> Vec<u8> {
    let (first, second) = text.split_at(text.len() / 2);
    zlib(format!("BT /F1 12 Tf 72 700 Td [({first}) -20 ({second})] TJ ET").as_bytes())
}

/// An image with a packed comment.
pub(crate) fn png(text: &[u8]) -> Vec<u8> {
    let chunk = |kind: &[u8], data: &[u8]| {
        let sum = crc32fast::hash(&[kind, data].concat()).to_be_bytes();
        [&(data.len() as u32).to_be_bytes(), kind, data, &sum].concat()
    };
    let comment = [b"Comment\0\0", &zlib(text)[..]].concat();
    [b"\x89PNG\r\n\x1a\n".to_vec(), chunk(b"IHDR", &[0; 13]), chunk(b"zTXt", &comment), chunk(b"IEND", b"")]
        .concat()
}

/// A document whose text goes on over several runs.
pub(crate) fn docx(text: &str) -> Vec<u8> {
    let (first, second) = text.split_at(text.len() / 2);
    let run = |text: &str| format!("<w:r><w:t>{text}</w:t></w:r>");
    let xml =
        format!("<?xml version=\"1.0\"?><w:document><w:p>{}{}</w:p></w:document>", run(first), run(second));
    zip(&[("word/document.xml", xml.as_bytes())])
}

/// Compiled Python that holds one string, which a digit stands before and a letter after.
pub(crate) fn pyc(text: &str) -> Vec<u8> {
    let head = [b"\xa7\x0d\r\n", &[0; 12][..], b"\xe3\0\0\0\0"].concat();
    [&head, &b"z"[..], &[text.len() as u8], text.as_bytes(), b"z\x05x"].concat()
}

/// A bundle of Hermes whose strings have nothing between them.
pub(crate) fn hermes(strings: &[&str]) -> Vec<u8> {
    let storage: String = strings.concat();
    let mut header = vec![0; 128];
    header[..8].copy_from_slice(&0x1f19_03c1_03bc_1fc6_u64.to_le_bytes());
    header[52..56].copy_from_slice(&(strings.len() as u32).to_le_bytes());
    header[60..64].copy_from_slice(&(storage.len() as u32).to_le_bytes());
    let mut at = 0;
    for string in strings {
        header.extend_from_slice(&(at << 1 | (string.len() as u32) << 24).to_le_bytes());
        at += string.len() as u32;
    }
    [header, storage.into_bytes()].concat()
}

/// A database with one row of three texts, of which the last goes on in a second page.
pub(crate) fn sqlite(texts: [&str; 3]) -> Vec<u8> {
    let varint = |n: usize| vec![0x80 | (n >> 7) as u8, n as u8 & 0x7f];
    let kinds: Vec<u8> = texts.iter().flat_map(|text| varint(13 + 2 * text.len())).collect();
    let row = [&[kinds.len() as u8 + 1][..], &kinds, texts.concat().as_bytes()].concat();
    let (usable, least) = (512, (512 - 12) * 32 / 255 - 23);
    let local = least + (row.len() - least) % (usable - 4);
    let local = if local <= usable - 35 { local } else { least };
    let mut file = vec![0; 1024];
    file[..16].copy_from_slice(b"SQLite format 3\0");
    file[16] = 2;
    let cell = [&varint(row.len())[..], &[1], &row[..local], &[0, 0, 0, 2]].concat();
    let at = 512 - cell.len();
    file[100..110].copy_from_slice(&[0x0d, 0, 0, 0, 1, 0, 0, 0, (at >> 8) as u8, at as u8]);
    file[at..512].copy_from_slice(&cell);
    file[516..516 + row.len() - local].copy_from_slice(&row[local..]);
    file
}
