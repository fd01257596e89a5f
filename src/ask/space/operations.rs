//! Sets of methods, paths and ports, and how people read them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A product of some methods, paths and ports. `None` is any.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Operations {
    pub methods: Option<Choice>,
    pub paths: Option<Choice>,
    pub ports: Option<Choice>,
}

/// Some of all values.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Choice {
    These(Vec<String>),
    AllBut(Vec<String>),
}

impl Choice {
    /// The values of which all are known, in words.
    fn words(&self) -> String {
        match self {
            Self::These(list) => joined(list, "or"),
            Self::AllBut(list) => format!("any but {}", joined(list, "and")),
        }
    }
}

/// A list as people write it: `a, b or c`.
pub fn joined(list: &[String], last: &str) -> String {
    match list {
        [] => String::new(),
        [one] => one.clone(),
        [init @ .., end] => format!("{} {last} {end}", init.join(", ")),
    }
}

impl fmt::Display for Operations {
    /// Nothing for any request; otherwise what follows `call`: ` with GET for /a* on port 80`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { methods, paths, ports } = self;
        if let Some(methods) = methods {
            write!(f, " with {}", methods.words())?;
        }
        if let Some(paths) = paths {
            write!(f, " for {}", paths.words())?;
        }
        if let Some(ports) = ports {
            write!(f, " on port {}", ports.words())?;
        }
        Ok(())
    }
}

/// A part of all requests: by the positions of the parts of methods, of paths and of ports.
pub type Cell = (usize, usize, usize);

/// Positions of parts of each dimension.
pub type Product = (BTreeSet<usize>, BTreeSet<usize>, BTreeSet<usize>);

/// The same cells as products of sets: those that differ in one dimension only are put together.
pub fn boxes(cells: &BTreeSet<Cell>) -> Vec<Product> {
    let mut methods: BTreeMap<(usize, usize), BTreeSet<usize>> = BTreeMap::new();
    cells.iter().for_each(|(method, path, port)| {
        methods.entry((*path, *port)).or_default().insert(*method);
    });
    let mut paths: BTreeMap<(BTreeSet<usize>, usize), BTreeSet<usize>> = BTreeMap::new();
    methods.into_iter().for_each(|((path, port), methods)| {
        paths.entry((methods, port)).or_default().insert(path);
    });
    let mut ports: BTreeMap<(BTreeSet<usize>, BTreeSet<usize>), BTreeSet<usize>> = BTreeMap::new();
    paths.into_iter().for_each(|((methods, port), paths)| {
        ports.entry((methods, paths)).or_default().insert(port);
    });
    ports.into_iter().map(|((methods, paths), ports)| (methods, paths, ports)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_put_together() {
        let all: BTreeSet<Cell> = (0..8).map(|i| (i & 1, i >> 1 & 1, i >> 2 & 1)).collect();
        assert_eq!(boxes(&all), [([0, 1].into(), [0, 1].into(), [0, 1].into())]);
        let without: BTreeSet<Cell> = all.into_iter().filter(|cell| *cell != (1, 1, 1)).collect();
        let count: usize = boxes(&without).iter().map(|(a, b, c)| a.len() * b.len() * c.len()).sum();
        assert_eq!((boxes(&without).len(), count), (3, 7));
    }

    #[test]
    fn operations_are_words() {
        let these = |list: &[&str]| Some(Choice::These(list.iter().map(|text| (*text).to_owned()).collect()));
        let operations = Operations { methods: these(&["GET", "PUT"]), paths: these(&["/a*"]), ports: None };
        assert_eq!(operations.to_string(), " with GET or PUT for /a*");
        assert_eq!(Operations::default().to_string(), "");
    }
}
