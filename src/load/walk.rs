//! Which files of a fleet are inputs.

use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::bounds::{Beyond, Bounds};
use super::ignore::Ignore;
use super::{CA_STORE, IGNORE_FILE, LoadOptions, Lost, SETTINGS, is_input, is_template, read, show, unreadable};
use crate::diag::{Code, Diag, Place, Report};

/// The inputs' paths from the fleet, with `/` between their parts, sorted by their bytes; the settings are among them.
pub(super) fn inputs(fleet: &Path, options: &LoadOptions, report: &mut Report) -> Vec<String> {
    let here = fleet.canonicalize().unwrap_or_else(|_| fleet.to_owned());
    // A directory that contains the fleet is not skipped: nothing would be left. Refusing such an output is up to others.
    let skip = options.skip.iter().filter_map(|path| path.canonicalize().ok()).filter(|path| !here.starts_with(path));
    let skip = skip.collect();
    let broken = options.skip.iter().filter(|path| !path.exists()).filter_map(|path| place_of_link(path)).collect();
    let bounds = Bounds::of(fleet);
    let mut walk = Walk { fleet, shown: &options.shown, skip, broken, bounds, ignore: Ignore::default(), report };
    let mut found = Vec::new();
    walk.enter("");
    let mut entries = WalkDir::new(fleet).follow_links(true).min_depth(1).into_iter();
    while let Some(entry) = entries.next() {
        match entry {
            Ok(entry) if entry.file_type().is_dir() => {
                if !walk.descend(&entry) {
                    entries.skip_current_dir();
                }
            }
            Ok(entry) => found.extend(walk.input(&entry)),
            Err(error) => walk.failed(&error),
        }
    }
    options.lost.iter().for_each(|lost| walk.lost(lost, &here));
    // Not the order of the walk: `a.yaml` comes before `a/b.yaml`.
    found.sort_unstable();
    found
}

/// Whether a file, once it is there, would be an input of a fleet.
pub(super) fn would_be_input(fleet: &Path, file: &Path, skip: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().ok();
    let (Some(here), Some(name)) = (real(fleet), file.file_name()) else { return false };
    // Directories that are not there yet are made where the path says.
    let absolute = std::path::absolute(file).unwrap_or_default();
    let existing = absolute.ancestors().skip(1).find_map(|parent| Some((parent.to_path_buf(), real(parent)?)));
    let Some((parent, existing)) = existing else { return false };
    let file = existing.join(absolute.strip_prefix(&parent).unwrap_or(Path::new(name)));
    let Ok(relative) = file.strip_prefix(&here) else { return false };
    let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
    let is_read = is_input(&file) || is_template(&parts.join("/"));
    if !is_read || real(skip).is_some_and(|skip| file.starts_with(skip)) {
        return false;
    }
    let mut ignore = Ignore::default();
    for depth in 0..parts.len() {
        let directory = parts[..depth].join("/");
        if let Ok(text) = read::text(&here.join(&directory).join(IGNORE_FILE)) {
            ignore.add(&directory, &text);
        }
        let path = parts[..=depth].join("/");
        if hidden(&path) || path == CA_STORE || ignore.matches(&path, depth + 1 < parts.len()) {
            return false;
        }
    }
    true
}

/// What decides about an entry.
struct Walk<'a> {
    fleet: &'a Path,
    shown: &'a str,
    skip: Vec<PathBuf>,
    /// Links among what is skipped that lead nowhere.
    broken: Vec<PathBuf>,
    bounds: Bounds,
    ignore: Ignore,
    report: &'a mut Report,
}

impl Walk<'_> {
    /// Whether a directory may hold inputs.
    fn descend(&mut self, entry: &DirEntry) -> bool {
        let relative = self.relative(entry.path());
        let wanted = !hidden(&relative) && relative != CA_STORE;
        let wanted = wanted && !self.ignore.matches(&relative, true) && !self.skipped(entry.path());
        let wanted = wanted && !self.leads_out(&relative, entry);
        if wanted {
            self.enter(&relative);
        }
        wanted
    }

    /// Reads the ignore file of a directory, if it has one.
    fn enter(&mut self, directory: &str) {
        let path = self.fleet.join(directory).join(IGNORE_FILE);
        if path.symlink_metadata().is_ok() {
            let name = if directory.is_empty() { IGNORE_FILE.into() } else { format!("{directory}/{IGNORE_FILE}") };
            if let Some(beyond) = self.bounds.beyond(&path).filter(|beyond| *beyond != Beyond::NotInput) {
                return self.report.push(self.out_of_bounds(&name, &path, beyond));
            }
            match read::text(&path) {
                Ok(text) => self.ignore.add(directory, &text),
                Err(problem) => self.report.push(problem.diag(show(self.shown, &name))),
            }
        }
    }

    /// The path of a file if it is an input.
    fn input(&mut self, entry: &DirEntry) -> Option<String> {
        let relative = self.relative(entry.path());
        // Settings that are left out by a stray pattern would change all output silently.
        let ignored = relative != SETTINGS && self.ignore.matches(&relative, false);
        let is_read = is_input(entry.path()) || is_template(&relative);
        if hidden(&relative) || ignored || !is_read {
            return None;
        }
        if entry.path_is_symlink() && (self.skipped(entry.path()) || self.leads_out(&relative, entry)) {
            return None;
        }
        if entry.path().to_str().is_none() {
            self.report.push(self.unreadable(&relative, "the file name is not valid UTF-8").hint("rename the file"));
            return None;
        }
        Some(relative)
    }

    /// Whether a path leads into what is skipped.
    fn skipped(&self, path: &Path) -> bool {
        !self.skip.is_empty()
            && path.canonicalize().is_ok_and(|path| self.skip.iter().any(|skip| path.starts_with(skip)))
    }

    /// Whether an entry is a link that leads to what the fleet must not be made of, which is reported.
    fn leads_out(&mut self, relative: &str, entry: &DirEntry) -> bool {
        let beyond = if entry.path_is_symlink() { self.bounds.beyond(entry.path()) } else { None };
        if let Some(beyond) = beyond {
            self.report.push(self.out_of_bounds(relative, entry.path(), beyond));
        }
        beyond.is_some()
    }

    fn out_of_bounds(&self, relative: &str, link: &Path, beyond: Beyond) -> Diag {
        let target = link.read_link().unwrap_or_default();
        let message = format!("symbolic link to `{}`, {}", target.display(), beyond.why());
        let hint = format!("replace the link by a copy, or add it to {IGNORE_FILE}");
        Diag::new(Code::LinkOut, Place::File(show(self.shown, relative).into()), message).hint(hint)
    }

    /// Reports what is not in the fleet's directory although it belongs to the fleet, unless it is not an input.
    fn lost(&mut self, lost: &Lost, here: &Path) {
        let Lost { relative, code, message } = lost;
        let ends = relative.match_indices('/').map(|(at, _)| at);
        let left_out =
            |directory: &str| hidden(directory) || directory == CA_STORE || self.ignore.matches(directory, true);
        let skipped = self.skip.iter().any(|skip| here.join(relative).starts_with(skip));
        if skipped
            || hidden(relative)
            || self.ignored(relative)
            || ends.into_iter().any(|end| left_out(&relative[..end]))
        {
            return;
        }
        let hint = format!("add it to {IGNORE_FILE} if it is not an input");
        let place = Place::File(show(self.shown, relative).into());
        self.report.push(Diag::new(*code, place, message.as_str()).hint(hint));
    }

    /// Reports an entry that cannot be read, unless it is not an input.
    fn failed(&mut self, error: &walkdir::Error) {
        let relative = error.path().map(|path| self.relative(path)).unwrap_or_default();
        // An output directory that is a link to nowhere: whoever writes to it refuses it.
        if error.path().and_then(place_of_link).is_some_and(|place| self.broken.contains(&place)) {
            return;
        }
        if hidden(&relative) || relative == CA_STORE || self.ignored(&relative) {
            return;
        }
        let target = error.path().and_then(|path| path.read_link().ok());
        let target = target.map(|target| target.display().to_string());
        let why = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
        let diag = match (target, error.loop_ancestor()) {
            (Some(target), Some(_)) => {
                self.unreadable(&relative, &format!("symbolic link to `{target}`, a directory that contains it"))
            }
            (Some(target), None) => self.unreadable(&relative, &format!("broken symbolic link to `{target}`: {why}")),
            (None, _) => self.unreadable(&relative, &format!("cannot be read: {why}")),
        };
        self.report.push(diag.hint(format!("fix it, or add it to {IGNORE_FILE}")));
    }

    /// Whether rules exclude a path that cannot be read, so that it is unknown whether it is a directory.
    fn ignored(&self, relative: &str) -> bool {
        self.ignore.matches(relative, false) || self.ignore.matches(relative, true)
    }

    fn unreadable(&self, relative: &str, message: &str) -> Diag {
        let shown = if relative.is_empty() { self.shown.to_owned() } else { show(self.shown, relative) };
        unreadable(&shown, message)
    }

    /// The path from the fleet, with `/` between its parts.
    fn relative(&self, path: &Path) -> String {
        let relative = path.strip_prefix(self.fleet).unwrap_or(path);
        let parts: Vec<_> = relative.components().map(|part| part.as_os_str().to_string_lossy()).collect();
        parts.join("/")
    }
}

/// Where a link is, whatever links lead there.
fn place_of_link(path: &Path) -> Option<PathBuf> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    path.is_symlink().then(|| Some(parent.canonicalize().ok()?.join(path.file_name()?)))?
}

/// Whether the last part of a path begins with a dot.
fn hidden(relative: &str) -> bool {
    relative.rsplit('/').next().is_some_and(|name| name.starts_with('.'))
}
