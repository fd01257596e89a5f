use super::*;

/// A fleet below the root of its repository, with one cluster in each of three waves.
fn fleet() -> Fleet {
    let cluster = |(wave, name): (usize, &str)| Cluster { name: name.to_owned(), wave };
    Fleet {
        fleet: "mesh/fleet".to_owned(),
        tree_below: "rendered".to_owned(),
        clusters: ["east", "west", "yes"].into_iter().enumerate().map(cluster).collect(),
        is_sops: true,
        has_waves: true,
        repo_url: "git@git.example:platform/mesh.git".to_owned(),
        branch: "main".to_owned(),
        is_inside: false,
    }
}

/// A fleet of the root of its repository, whose directories have names that need quotes.
fn odd() -> Fleet {
    Fleet {
        fleet: ".".to_owned(),
        tree_below: "out put's: {{ x }}".to_owned(),
        is_sops: false,
        is_inside: true,
        branch: "no".to_owned(),
        ..fleet()
    }
}

fn of(target: Target, fleet: &Fleet) -> Vec<File> {
    files(target, fleet).unwrap_or_else(|error| panic!("{target:?}: {error:#}"))
}

#[track_caller]
fn text<'f>(files: &'f [File], path: &str) -> &'f str {
    let found = files.iter().find(|file| file.path == path);
    &found.unwrap_or_else(|| panic!("no {path} in {files:?}")).text
}

#[test]
fn every_file_is_yaml_and_ends_its_last_line() {
    for (name, target) in Target::ALL {
        for fleet in [fleet(), odd()] {
            for File { path, text, .. } in of(target, &fleet) {
                assert!(text.starts_with('#') && text.ends_with('\n') && !text.ends_with("\n\n"), "{name}: {path}");
                assert!(!text.contains("<<") && !text.contains("{%"), "{name}: {path}");
                assert!(text.lines().all(|line| line.trim_end() == line), "{name}: {path}");
                let is_yaml = path.ends_with(".yaml") || path.ends_with(".yml");
                let parsed = is_yaml.then(|| serde_yaml::from_str::<serde_yaml::Value>(&text));
                assert!(parsed.is_none_or(|parsed| parsed.is_ok_and(|value| value.is_mapping())), "{path}:\n{text}");
            }
        }
    }
}

#[test]
fn names_are_quoted_where_they_need_it() {
    for (plain, quotes) in [
        ("main", "main"),
        ("release/1.0", "release/1.0"),
        ("no", "\"no\""),
        ("1.0", "\"1.0\""),
        ("-x", "\"-x\""),
        ("a b", "\"a b\""),
        ("a: {{ b }}", "\"a: {{ b }}\""),
        (".", "."),
        ("https://git.example/a.git", "https://git.example/a.git"),
        ("https://git.example/#a", "\"https://git.example/#a\""),
        ("", "\"\""),
    ] {
        assert_eq!(quoted(plain), quotes);
    }
    assert_eq!(in_shell("it's"), "'it'\\''s'");
}

#[test]
fn clusters_wait_for_those_of_the_wave_before() {
    let files = of(Target::Flux, &fleet());
    assert!(!text(&files, "gitops/flux/hub/east.yaml").contains("dependsOn"));
    assert!(text(&files, "gitops/flux/hub/west.yaml").contains("  dependsOn:\n  - name: mesh-east\n"));
    assert!(text(&files, "gitops/flux/hub/yes.yaml").contains("  dependsOn:\n  - name: mesh-west\n"));
}

#[test]
fn only_what_is_encrypted_is_decrypted_or_left_out() {
    for (fleet, is_sops) in [(fleet(), true), (odd(), false)] {
        let cluster = of(Target::Flux, &fleet);
        assert_eq!(text(&cluster, "gitops/flux/clusters/east.yaml").contains("decryption:"), is_sops);
        let set = of(Target::ArgoCd, &fleet);
        assert_eq!(text(&set, "gitops/argocd/applicationset.yaml").contains("exclude:"), is_sops);
    }
}

#[test]
fn files_that_the_fleet_would_read_are_ignored() {
    let has_ignore = |fleet: &Fleet| of(Target::ArgoCd, fleet).iter().any(|file| file.path == "gitops/.meshtreeignore");
    assert!(has_ignore(&odd()) && !has_ignore(&fleet()));
}

#[test]
fn flux_reads_nothing_but_the_tree() {
    let files = of(Target::Flux, &fleet());
    let source = text(&files, "gitops/flux/source.yaml");
    assert!(source.contains("  url: \"ssh://git@git.example/platform/mesh.git\"\n"), "{source}");
    let lines = ["/*", "!/mesh", "/mesh/*", "!/mesh/fleet", "/mesh/fleet/*", "!/mesh/fleet/rendered"];
    assert_eq!(only("mesh/fleet/rendered"), lines);
    assert!(source.ends_with(&format!("  ignore: |\n    {}\n", lines.join("\n    "))), "{source}");
}

#[test]
fn every_template_is_used() {
    let used: Vec<&str> =
        Target::ALL.iter().flat_map(|(_, target)| target.templates()).map(|template| template.name).collect();
    let is_included =
        |name: &str| targets::SOURCES.iter().any(|(_, text)| text.contains(&format!("include \"{name}\"")));
    let unused: Vec<&str> = targets::SOURCES
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| !used.contains(name) && !is_included(name))
        .collect();
    assert_eq!(unused, Vec::<&str>::new());
}
