//! Bytes from outside: unpacked where they are packed, and counted as they are read.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use flate2::bufread::MultiGzDecoder;
use indicatif::ProgressBar;

const BUFFER_BYTES: usize = 256 * 1024;
/// How every gzip member begins, and no JSON text does.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Reads a file or a stream, unpacked if it is gzip, whatever its name says. The bar counts the bytes as they lie in
/// the file.
pub(super) fn decoded(
    mut reader: impl Read + Send + 'static,
    bar: ProgressBar,
) -> io::Result<Box<dyn BufRead + Send>> {
    let mut start = Vec::with_capacity(GZIP_MAGIC.len());
    reader
        .by_ref()
        .take(GZIP_MAGIC.len() as u64)
        .read_to_end(&mut start)?;
    let packed = start == GZIP_MAGIC;
    let counted = Counted {
        inner: Cursor::new(start).chain(reader),
        bar,
    };
    let raw = BufReader::with_capacity(BUFFER_BYTES, counted);
    Ok(if packed {
        Box::new(BufReader::with_capacity(BUFFER_BYTES, MultiGzDecoder::new(raw)))
    } else {
        Box::new(raw)
    })
}

struct Counted<R> {
    inner: R,
    bar: ProgressBar,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.bar.inc(read as u64);
        Ok(read)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    pub(in crate::cli) fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).expect("memory takes all");
        encoder.finish().expect("memory takes all")
    }

    fn read(bytes: Vec<u8>) -> io::Result<(Vec<u8>, u64)> {
        let bar = ProgressBar::hidden();
        let mut text = Vec::new();
        decoded(Cursor::new(bytes), bar.clone())?.read_to_end(&mut text)?;
        Ok((text, bar.position()))
    }

    #[test]
    fn gzip_is_known_by_its_content_and_counted_as_it_lies() {
        let file = packed(&b"{\"a\":1}\n".repeat(1_000));
        let size = file.len() as u64;
        assert_eq!(read(file).expect("is gzip"), (b"{\"a\":1}\n".repeat(1_000), size));
        for plain in [&b""[..], b"{", b"{}\n"] {
            assert_eq!(
                read(plain.to_vec()).expect("is plain"),
                (plain.to_vec(), plain.len() as u64)
            );
        }
    }

    #[test]
    fn all_members_are_read_and_a_torn_one_is_an_error() {
        let two = [packed(b"one\n"), packed(b"two\n")].concat();
        assert_eq!(read(two.clone()).expect("is gzip").0, b"one\ntwo\n");
        assert!(read(two[..two.len() - 6].to_vec()).is_err());
        assert!(read(vec![0x1f, 0x8b, 0xff]).is_err());
    }

    #[test]
    fn a_stream_that_comes_byte_by_byte_is_known_too() {
        struct Drip(Cursor<Vec<u8>>);
        impl Read for Drip {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let one = buffer.len().min(1);
                self.0.read(&mut buffer[..one])
            }
        }
        let mut text = String::new();
        let drip = Drip(Cursor::new(packed(b"slow")));
        let read =
            decoded(drip, ProgressBar::hidden()).and_then(|mut reader| reader.read_to_string(&mut text));
        assert_eq!((read.ok(), text.as_str()), (Some(4), "slow"));
    }
}
