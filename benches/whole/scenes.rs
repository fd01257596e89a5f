//! What is measured.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::figures::{median, verdict};
use super::fleet::{Federation, Shape, generate};
use super::pairs::Pairs;
use super::process::{peak, quiet, seconds};
use super::say;
use super::slope::slope;

/// How much memory the program may take whatever it does.
const MEMORY: u64 = 64 << 20;
/// How much more for each object.
const MEMORY_PER_OBJECT: u64 = 200;

/// Somebody's key, which opens nothing here: what is measured only needs that there is one.
const SETTINGS: &str = "apiVersion: meshtree.io/v1alpha1\nkind: Settings\nspec:\n  ca:\n    recipients:\n    \
                        - age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p\n";

/// How it is measured.
pub(crate) struct Bench<'a> {
    pub(crate) dir: &'a Path,
    pub(crate) program: &'a Path,
    pub(crate) pairs: usize,
    /// Otherwise it is only tried, on fleets that are small.
    pub(crate) full: bool,
}

impl Bench<'_> {
    /// A small fleet whose certificates were issued before, beside `/bin/true`.
    pub(crate) fn example(&self) -> io::Result<()> {
        let shape = Shape::new(2, 8, 12);
        let fleet = self.generated("example", &shape)?;
        let mesh = fleet.join("policies/virtual-mesh.yaml");
        let text = fs::read_to_string(&mesh)?.replacen("spec:\n", "spec:\n  mtlsConfig: {shared: {}}\n", 1);
        fs::write(mesh, text)?;
        fs::write(fleet.join("meshtree.yaml"), SETTINGS)?;
        seconds(&mut self.render(&fleet, &self.dir.join("issued")))?;
        let mut pairs = Pairs::default();
        // These take milliseconds, so that many are needed.
        for i in 0..self.pairs * 20 {
            let ours = seconds(&mut self.locked(&fleet, &self.dir.join(format!("example-{i}"))))?;
            pairs.add(ours, seconds(&mut quiet("/bin/true"))?);
        }
        let (files, _) = size(&self.dir.join("issued"), ".yaml")?;
        say(&format!("example: 2 clusters, 12 policies, {files} objects, the CA's store present"));
        say(&pairs.line("render", "/bin/true", 20.0));
        self.clear()
    }

    /// Twenty clusters of a hundred services.
    pub(crate) fn fleet(
        &self,
        name: &str,
        policies: usize,
        federation: Federation,
        istio: &'static str,
    ) -> io::Result<()> {
        let (clusters, services_per_cluster, policies) = if self.full { (20, 100, policies) } else { (2, 10, 10) };
        let shape = Shape { federation, istio, ..Shape::new(clusters, services_per_cluster, policies) };
        let fleet = self.generated(name, &shape)?;
        let out = self.dir.join("out");
        let (mut first, mut again) = (Pairs::default(), Pairs::default());
        for _ in 0..self.pairs {
            let copy = self.dir.join("copy");
            let ours = seconds(&mut self.render(&fleet, &out))?;
            first.add(ours, seconds(quiet("cp").arg("-r").arg(&out).arg(&copy))?);
            fs::remove_dir_all(copy)?;
            let ours = seconds(&mut self.render(&fleet, &out))?;
            again.add(ours, seconds(&mut self.sums(&out)?)?);
            fs::remove_dir_all(&out)?;
        }
        let peaks = [peak(&mut self.render(&fleet, &out))?, peak(&mut self.render(&fleet, &out))?];
        let objects = size(&out, ".yaml")?;
        say(&format!("{name}: {clusters} clusters of {services_per_cluster} services, {policies} policies"));
        say(&format!("  {} objects, {} MB", objects.0, objects.1 / 1_000_000));
        say(&first.line("first render", "cp -r", 1.5));
        say(&again.line("nothing changed", "sha256sum", 1.0));
        self.memory(&fleet, &out, peaks)?;
        self.clear()
    }

    /// The peak of memory beside what it may be.
    fn memory(&self, fleet: &Path, out: &Path, [first, again]: [u64; 2]) -> io::Result<()> {
        let mut largest = 0;
        for cluster in fs::read_dir(out)? {
            largest = size(&cluster?.path(), ".yaml")?.1.max(largest);
        }
        let (objects, inventory) = (size(out, ".yaml")?.0, size(fleet, "")?.1);
        let limit = MEMORY + 2 * inventory + 4 * largest + MEMORY_PER_OBJECT * objects;
        let met = verdict(first.max(again) <= limit);
        let mb = |bytes: u64| bytes as f64 / 1e6;
        let (first, again, limit) = (mb(first), mb(again), mb(limit));
        say(&format!("  peak memory {first:.1} MB, nothing changed {again:.1} MB (at most {limit:.1}: {met})"));
        Ok(())
    }

    /// How the time grows with the objects.
    pub(crate) fn slope(&self, istio: &'static str) -> io::Result<()> {
        let sizes: &[usize] = if self.full { &[5, 10, 20, 40] } else { &[2, 4] };
        let services_per_cluster = if self.full { 50 } else { 5 };
        let shape = |clusters| Shape { istio, ..Shape::new(clusters, services_per_cluster, 0) };
        let fleet = |clusters: &usize| self.generated(&format!("slope-{istio}-{clusters}"), &shape(*clusters));
        let fleets: Vec<PathBuf> = sizes.iter().map(fleet).collect::<io::Result<_>>()?;
        let out = self.dir.join("out");
        let mut times = vec![[Vec::new(), Vec::new()]; fleets.len()];
        let mut objects = vec![0.0; fleets.len()];
        for _ in 0..self.pairs {
            for (i, fleet) in fleets.iter().enumerate() {
                times[i][0].push(seconds(&mut self.render(fleet, &out))?);
                times[i][1].push(seconds(&mut self.render(fleet, &out))?);
                objects[i] = size(&out, ".yaml")?.0 as f64;
                fs::remove_dir_all(&out)?;
            }
        }
        say(&format!("slope of Istio {istio}: {sizes:?} clusters of {services_per_cluster} services"));
        for (which, name) in ["first render", "nothing changed"].into_iter().enumerate() {
            let times: Vec<f64> = times.iter().map(|times| median(&times[which])).collect();
            let points: Vec<(f64, f64)> = objects.iter().copied().zip(times).collect();
            let slope = slope(&points);
            let shown: Vec<String> = points.iter().map(|(n, s)| format!("{n} in {:.0} ms", s * 1e3)).collect();
            let verdict = verdict(slope <= 1.05);
            say(&format!("  {name}: {}: slope {slope:.3} (at most 1.05: {verdict})", shown.join(", ")));
        }
        self.clear()
    }

    fn generated(&self, name: &str, shape: &Shape) -> io::Result<PathBuf> {
        let fleet = self.dir.join("fleets").join(name);
        generate(&fleet, shape)?;
        Ok(fleet)
    }

    fn render(&self, fleet: &Path, out: &Path) -> Command {
        let mut command = quiet(self.program);
        command.arg("render").arg(fleet).arg("--out").arg(out);
        command
    }

    fn locked(&self, fleet: &Path, out: &Path) -> Command {
        let mut command = self.render(fleet, out);
        command.arg("--locked");
        command
    }

    /// `sha256sum` over all files of a tree, which it is given the names of.
    fn sums(&self, tree: &Path) -> io::Result<Command> {
        let list = self.dir.join("list");
        let files = Command::new("find").arg(tree).args(["-type", "f", "-print0"]).output()?;
        fs::write(&list, files.stdout)?;
        let mut command = quiet("xargs");
        command.arg("-0").arg("-a").arg(list).arg("sha256sum");
        Ok(command)
    }

    /// Removes everything that was made: the next part needs the memory.
    fn clear(&self) -> io::Result<()> {
        for entry in fs::read_dir(self.dir)? {
            let path = entry?.path();
            if path.is_dir() { fs::remove_dir_all(path)? } else { fs::remove_file(path)? }
        }
        Ok(())
    }
}

/// How many files are below a directory whose names end so, and how many bytes they have.
fn size(dir: &Path, suffix: &str) -> io::Result<(u64, u64)> {
    let (mut files, mut bytes) = (0, 0);
    for entry in walkdir::WalkDir::new(dir) {
        let entry = entry?;
        if entry.file_type().is_file() && entry.file_name().to_string_lossy().ends_with(suffix) {
            files += 1;
            bytes += entry.metadata()?.len();
        }
    }
    Ok((files, bytes))
}
