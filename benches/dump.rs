//! Reading a dump of a cluster, beside what one thread of serde needs to read the same into structs:
//!
//! - `cargo bench --bench dump`: within one process, 20 MB as a YAML List, the same as YAML documents and as JSON;
//! - `cargo bench --bench dump -- whole [DIR] [--size MB] [--pairs N] [--program FILE]`: whole processes and their peak memory;
//! - `cargo bench --bench dump -- generate FILE --form list|documents|json [--size MB]`: a dump for measurements by hand.

mod figures;
#[path = "dump/objects.rs"]
mod objects;
#[path = "whole/pairs.rs"]
mod pairs;
#[path = "dump/print.rs"]
mod print;
#[path = "whole/process.rs"]
mod process;
#[path = "dump/whole.rs"]
mod whole;
#[path = "dump/yardstick.rs"]
mod yardstick;

use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::PathBuf;
use std::sync::LazyLock;

use divan::Bencher;
use meshtree::diag::Report;
use meshtree::discover::{Inventory, discover};
use meshtree::load::{Files, SourceFile};
use meshtree::model::decode;
use print::Form;

// As in the program, for both sides.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const USAGE: &str = "usage: dump [whole [DIR] [--size MB] [--pairs N] [--program FILE]]
       dump generate FILE --form list|documents|json [--size MB]";

/// The size of a dump in bytes, as a YAML List, when nothing else is said.
const SIZE: usize = 20_000_000;

fn main() -> io::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    match words.first().map(String::as_str) {
        Some("whole") => whole::measure(&arguments(&words[1..])?),
        Some("generate") => generate(&arguments(&words[1..])?),
        // What `whole` starts to have a process of its own for it.
        Some("yardstick") => {
            let Arguments { file, form, .. } = arguments(&words[1..])?;
            let text = fs::read_to_string(file)?;
            yardstick::read(form, &text).map(|_| ()).map_err(io::Error::other)
        }
        _ => {
            divan::main();
            Ok(())
        }
    }
}

/// What the command line says.
pub(crate) struct Arguments {
    pub(crate) file: PathBuf,
    pub(crate) form: Form,
    pub(crate) size: usize,
    pub(crate) pairs: usize,
    pub(crate) program: PathBuf,
}

fn arguments(words: &[String]) -> io::Result<Arguments> {
    let memory = PathBuf::from("/dev/shm");
    let mut arguments = Arguments {
        file: if memory.is_dir() { memory } else { std::env::temp_dir() },
        form: Form::List,
        size: SIZE,
        pairs: 7,
        program: env!("CARGO_BIN_EXE_meshtree").into(),
    };
    let wrong = || io::Error::other(USAGE);
    let number = |value: &String| value.parse::<usize>().map_err(|_| wrong());
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(wrong);
        match word.as_str() {
            "--size" => arguments.size = number(value()?)? * 1_000_000,
            "--pairs" => arguments.pairs = number(value()?)?,
            "--program" => arguments.program = value()?.into(),
            "--form" => {
                let name = value()?;
                arguments.form = Form::ALL.into_iter().find(|form| form.name() == name).ok_or_else(wrong)?;
            }
            word if word.starts_with('-') => return Err(wrong()),
            word => arguments.file = word.into(),
        }
    }
    Ok(arguments)
}

fn generate(Arguments { file, form, size, .. }: &Arguments) -> io::Result<()> {
    let mut out = BufWriter::new(File::create(file)?);
    print::write(&mut out, *form, print::services(*size))?;
    out.flush()
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The dumps by [`Form::ALL`].
static DUMPS: LazyLock<[String; 3]> = LazyLock::new(|| {
    // Otherwise it is only tried.
    let size = if std::env::args().any(|argument| argument == "--bench") { SIZE } else { SIZE / 1000 };
    Form::ALL.map(|form| {
        let mut text = Vec::new();
        _ = print::write(&mut text, form, print::services(size));
        String::from_utf8(text).unwrap_or_default()
    })
});

fn dump(form: Form) -> &'static str {
    let at = Form::ALL.iter().position(|of| *of == form).unwrap_or_default();
    &DUMPS[at]
}

/// What meshtree understands of a dump.
fn understand(form: Form, text: String) -> Inventory {
    let file = SourceFile::new("dump", format!("clusters/east/dump.{}", form.suffix()), text);
    let sources = Files { files: vec![file], ..Files::default() };
    let mut report = Report::default();
    let inventory = discover(&decode(&sources, &mut report), &mut report);
    assert!(!report.has_errors() && !inventory.targets.is_empty(), "the dump is understood: {:?}", report.diags());
    inventory
}

#[divan::bench(args = Form::ALL)]
fn serde(bencher: Bencher<'_, '_>, form: Form) {
    bencher.bench(|| yardstick::read(form, dump(form)));
}

#[divan::bench(args = Form::ALL)]
fn meshtree(bencher: Bencher<'_, '_>, form: Form) {
    bencher.with_inputs(|| dump(form).to_owned()).bench_values(|text| understand(form, text));
}
