//! Runs at the same time in one output directory: one waits for the other, and the tree is the last one's.

use std::sync::Barrier;
use std::thread;

use meshtree::output::{Disk, Options};

use super::world::{World, contents, run};

fn world(text: &str) -> World {
    (0..40).fold(World::default(), |world, i| {
        world.with(["kind1", "kind2"][i % 2], &format!("ns{}/f{i:02}.yaml", i % 3), Some(text))
    })
}

/// Both runs succeed, and what is there then is all of one of the two.
fn at_once(before: Option<&World>, first: &World, second: &World) {
    let (one, other) = (first.expected(), second.expected());
    for round in 0..15 {
        let dir = tempfile::tempdir().expect("a directory");
        let out = dir.path().join("rendered");
        if let Some(before) = before {
            run(&out, before, Options::default(), &Disk::new()).expect("written");
        }
        let start = Barrier::new(2);
        thread::scope(|scope| {
            let runs = [first, second].map(|world| {
                let (start, out) = (&start, &out);
                scope.spawn(move || {
                    start.wait();
                    run(out, world, Options::default(), &Disk::new()).expect("written")
                })
            });
            runs.into_iter().for_each(|run| drop(run.join().expect("no panic")));
        });
        let found = contents(&out);
        assert!(found == one || found == other, "{round}: {:?}", found.keys());
        run(&out, first, Options::default(), &Disk::new()).expect("known as our own");
        assert!(contents(&out) == one, "{round}");
    }
}

#[test]
fn the_same_on_a_fresh_directory() {
    at_once(None, &world("a: 1\n"), &world("a: 1\n"));
}

#[test]
fn different_ones_on_a_fresh_directory() {
    at_once(None, &world("a: 1\n"), &world("a: 2\n"));
}

#[test]
fn different_ones_on_a_tree() {
    at_once(Some(&world("a: 0\n")), &world("a: 1\n"), &world("a: 2\n"));
}
