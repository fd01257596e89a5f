//! One cluster's files as an archive whose bytes depend on nothing but the files: sorted, without times, owners and the lock.

use crate::render::tree::ClusterTree;

use super::listing::directories;

/// The size of a block of a tar archive; headers have one, and files fill whole ones.
const BLOCK: usize = 512;

/// The most bytes of a stored block of gzip.
const STORED: usize = 0xffff;

/// The longest path that the header of an entry holds.
const NAME: usize = 100;

/// The files as a tar archive, the directories of each before it. Paths that are too long for the format ustar are in headers
/// of the format pax.
pub fn tar(tree: &ClusterTree) -> Vec<u8> {
    let mut out = Vec::with_capacity(tree.bytes() + (tree.len() + 8) * 2 * BLOCK);
    let mut directories = directories(tree.files().iter().map(|file| file.path.as_str())).into_iter().peekable();
    for (file, text) in tree.iter() {
        while let Some(directory) = directories.next_if(|directory| is_above(directory, &file.path)) {
            add(&format!("{directory}/"), b"", Kind::Directory, &mut out);
        }
        add(&file.path, text.as_bytes(), Kind::File, &mut out);
    }
    out.resize(out.len() + 2 * BLOCK, 0);
    out
}

/// Adds an entry.
fn add(path: &str, bytes: &[u8], kind: Kind, out: &mut Vec<u8>) {
    if path.len() > NAME {
        add("path", record(path).as_bytes(), Kind::Extended, out);
    }
    // Rendered paths are ASCII. A reader takes the record's path whatever is here.
    let name = if path.is_char_boundary(NAME) || path.len() < NAME { &path[..path.len().min(NAME)] } else { "path" };
    out.extend(header(name, bytes.len(), kind));
    out.extend(bytes);
    out.resize(out.len().next_multiple_of(BLOCK), 0);
}

/// A path as a record of the format pax, which begins with its own length.
fn record(path: &str) -> String {
    let rest = format!(" path={path}\n");
    let digits = |length: usize| length.to_string().len();
    let mut length = rest.len() + digits(rest.len());
    if digits(length) + rest.len() > length {
        length += 1;
    }
    format!("{length}{rest}")
}

/// Whether a path is a directory of a file.
fn is_above(directory: &str, path: &str) -> bool {
    path.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'))
}

#[derive(Clone, Copy)]
enum Kind {
    File,
    Directory,
    /// What the next entry's header does not hold.
    Extended,
}

/// The header of an entry.
fn header(name: &str, size: usize, kind: Kind) -> [u8; BLOCK] {
    let (mode, flag) = match kind {
        Kind::File => ("0000644", b'0'),
        Kind::Directory => ("0000755", b'5'),
        Kind::Extended => ("0000644", b'x'),
    };
    let mut block = [0; BLOCK];
    let mut put = |at: usize, text: &str| block[at..at + text.len()].copy_from_slice(text.as_bytes());
    put(0, name);
    put(100, mode);
    put(108, "0000000");
    put(116, "0000000");
    put(124, &format!("{size:011o}"));
    put(136, "00000000000");
    put(148, "        ");
    put(257, "ustar");
    put(263, "00");
    block[156] = flag;
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

/// Bytes in the format gzip, without a time. They are stored and not compressed: what a compressor makes of them would
/// change with its version.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / STORED * 5 + 32);
    out.extend([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
    let blocks: Vec<&[u8]> = if bytes.is_empty() { vec![bytes] } else { bytes.chunks(STORED).collect() };
    for (i, block) in blocks.iter().enumerate() {
        out.push(u8::from(i + 1 == blocks.len()));
        // A chunk has at most STORED bytes.
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        out.extend(length.to_le_bytes());
        out.extend((!length).to_le_bytes());
        out.extend(*block);
    }
    out.extend(crc32(bytes).to_le_bytes());
    // The size is counted modulo 2^32.
    out.extend(u32::try_from(bytes.len() & 0xffff_ffff).unwrap_or(0).to_le_bytes());
    out
}

/// The checksum of gzip.
fn crc32(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = {
        let mut table = [0; 256];
        let mut i = 0;
        while i < 256 {
            let mut value = i as u32;
            let mut bit = 0;
            while bit < 8 {
                value = if value & 1 == 1 { 0xedb8_8320 ^ (value >> 1) } else { value >> 1 };
                bit += 1;
            }
            table[i] = value;
            i += 1;
        }
        table
    };
    let step = |sum: u32, byte: &u8| TABLE[usize::from(sum.to_le_bytes()[0] ^ byte)] ^ (sum >> 8);
    !bytes.iter().fold(!0, step)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::tree::TreeBuilder;

    #[test]
    fn the_checksum_is_that_of_gzip() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b""), 0);
    }

    #[test]
    fn large_data_is_in_several_blocks() {
        let data = vec![7; STORED + 1];
        let packed = gzip(&data);
        assert_eq!(packed.len(), 10 + 2 * 5 + data.len() + 8);
        assert_eq!(packed[10..15], [0, 0xff, 0xff, 0, 0]);
        assert_eq!(packed[15 + STORED..15 + STORED + 6], [1, 1, 0, 0xfe, 0xff, 7]);
    }

    #[test]
    fn directories_come_before_their_files() {
        let mut builder = TreeBuilder::new("east".into());
        let long = format!("b/{}.yaml", "x".repeat(120));
        for path in ["a/y.yaml", "a/x.yaml", long.as_str()] {
            builder.push(path, format!("X {path}"), [].into(), |buf| buf.push_str("kind: X\n"));
        }
        let tar = tar(&builder.finish().expect("a tree"));
        let name = |block: usize| {
            let field = &tar[block * BLOCK..block * BLOCK + NAME];
            String::from_utf8_lossy(field).trim_end_matches('\0').to_owned()
        };
        assert_eq!([0, 1, 3, 5, 6].map(name), ["a/", "a/x.yaml", "a/y.yaml", "b/", "path"]);
        assert!(tar[7 * BLOCK..].starts_with(format!("137 path={long}\n").as_bytes()));
        assert_eq!(name(8), long[..NAME]);
        assert_eq!(tar.len(), 12 * BLOCK);
    }

    #[test]
    fn a_record_has_its_own_length() {
        for length in 80..1100 {
            let record = record(&"x".repeat(length));
            assert!(record.starts_with(&format!("{} ", record.len())), "{length}");
        }
    }
}
