//! What a shell completes: commands, options, and the names that the fleet has.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use clap::CommandFactory as _;
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use clap_complete::env::{CompleteEnv, Shells};

use super::Cli;
use crate::diag::{Code, Report};
use crate::fleet::Fleet;
use crate::load::{CLUSTERS, LoadOptions, SETTINGS};
use crate::model::Kind;

/// The variable by which the script of a shell asks.
const VARIABLE: &str = "COMPLETE";

/// Answers the script of a shell, if it is what runs the program. Whether it was.
pub(super) fn answer() -> clap::error::Result<bool> {
    let here = std::env::current_dir().ok();
    CompleteEnv::with_factory(Cli::command).var(VARIABLE).try_complete(std::env::args_os(), here.as_deref())
}

/// The script for a shell.
pub(super) fn script(shell: clap_complete::Shell) -> std::io::Result<Vec<u8>> {
    let shells = Shells::builtins();
    let mut script = Vec::new();
    match shells.completer(&shell.to_string()) {
        Some(shell) => shell.write_registration(VARIABLE, "meshtree", "meshtree", "meshtree", &mut script)?,
        None => clap_complete::generate(shell, &mut Cli::command(), "meshtree", &mut script),
    }
    Ok(script)
}

/// Completes the names of clusters.
pub(super) fn clusters() -> ArgValueCompleter {
    of_fleet(|fleet, _| fleet.inventory.clusters.keys().map(ToString::to_string).collect())
}

/// Completes services, as CLUSTER/NAMESPACE/NAME.
pub(super) fn services() -> ArgValueCompleter {
    of_fleet(|fleet, _| named_services(fleet))
}

/// Completes workloads, as CLUSTER/NAMESPACE/NAME.
pub(super) fn workloads() -> ArgValueCompleter {
    of_fleet(|fleet, _| named_workloads(fleet))
}

/// Completes what `describe` describes, by the kind before it.
pub(super) fn described() -> ArgValueCompleter {
    of_fleet(|fleet, words| {
        let kind = words.iter().rev().find_map(|word| word.to_str().filter(|word| KINDS.contains(word)));
        match kind {
            Some("cluster") => fleet.inventory.clusters.keys().map(ToString::to_string).collect(),
            Some("mesh") => fleet.inventory.meshes.keys().map(ToString::to_string).collect(),
            Some("service") => named_services(fleet),
            Some("workload") => named_workloads(fleet),
            Some("policy") => policies(fleet),
            Some(_) | None => Vec::new(),
        }
    })
}

/// The kinds of `describe`.
const KINDS: [&str; 5] = ["cluster", "mesh", "service", "workload", "policy"];

/// Completes codes of diagnostics.
pub(super) fn codes() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        let candidate = |code: &Code| CompletionCandidate::new(code.as_str()).help(Some(code.summary().into()));
        let begun = current.to_string_lossy().to_uppercase();
        Code::ALL.iter().filter(|code| code.as_str().starts_with(&begun)).map(candidate).collect()
    })
}

fn named_services(fleet: &Fleet) -> Vec<String> {
    fleet.inventory.targets.values().map(|target| target.service.to_string()).collect()
}

fn named_workloads(fleet: &Fleet) -> Vec<String> {
    fleet.inventory.workloads.values().map(|workload| workload.controller.to_string()).collect()
}

fn policies(fleet: &Fleet) -> Vec<String> {
    let snapshot = &fleet.snapshot;
    let all = [
        (Kind::VirtualMesh, snapshot.virtual_meshes.keys().collect::<Vec<_>>()),
        (Kind::TrafficPolicy, snapshot.traffic_policies.keys().collect()),
        (Kind::AccessPolicy, snapshot.access_policies.keys().collect()),
        (Kind::FailoverService, snapshot.failover_services.keys().collect()),
    ];
    let named = |(kind, keys): &(Kind, Vec<_>)| -> Vec<String> {
        keys.iter().map(|key| format!("{}/{key}", kind.as_str())).collect()
    };
    all.iter().flat_map(named).collect()
}

/// Completes by a fleet: the first on the command line, else the current directory. What is wrong with it is for `check` to report.
fn of_fleet(names: impl Fn(&Fleet, &[OsString]) -> Vec<String> + Send + Sync + 'static) -> ArgValueCompleter {
    ArgValueCompleter::new(move |current: &OsStr| {
        let words: Vec<OsString> = std::env::args_os().collect();
        let directory = words.iter().map(PathBuf::from).find(|path| is_fleet(path)).unwrap_or(PathBuf::from("."));
        if !is_fleet(&directory) {
            return Vec::new();
        }
        let fleet = Fleet::read(&directory, &LoadOptions::default(), &mut Report::default());
        let begun = current.to_string_lossy();
        let mut names = names(&fleet, &words);
        names.retain(|name| name.starts_with(&*begun));
        names.sort_unstable();
        names.into_iter().map(CompletionCandidate::new).collect()
    })
}

/// Whether a directory looks like a fleet. Any other may have files without end below it.
fn is_fleet(path: &Path) -> bool {
    path.join(SETTINGS).is_file() || path.join(CLUSTERS).is_dir()
}
