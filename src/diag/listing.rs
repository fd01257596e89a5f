//! Lists in messages, of which a fleet may have hundreds of elements: the first few, and how many more there are.

/// How many elements are shown.
const SHOWN: usize = 4;

/// Names in a sentence: `east`, `east and west`, `east, north and west`; of many, the first and how many more.
pub fn joined<T: AsRef<str>>(names: &[T]) -> String {
    let shown: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    match shown.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] if shown.len() <= SHOWN => format!("{} and {last}", first.join(", ")),
        _ => format!("{} and {} more", shown[..SHOWN - 1].join(", "), shown.len() - SHOWN + 1),
    }
}

/// A list with commas: `east, west`; of many, the first and how many more.
pub fn shortened<T: AsRef<str>>(names: &[T]) -> String {
    shortened_to(SHOWN, names)
}

/// The same of a list that has to be seen as a whole more often, such as that of what can be written in a place.
pub fn choices<T: AsRef<str>>(names: impl IntoIterator<Item = T>) -> String {
    const SHOWN: usize = 16;
    shortened_to(SHOWN, &names.into_iter().collect::<Vec<_>>())
}

fn shortened_to<T: AsRef<str>>(shown: usize, names: &[T]) -> String {
    match names.len() {
        more if more > shown => {
            let first: Vec<&str> = names[..shown - 1].iter().map(AsRef::as_ref).collect();
            format!("{} and {} more", first.join(", "), more - shown + 1)
        }
        _ => names.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", "),
    }
}

/// `cluster east`, `clusters east and west`.
pub fn clusters<T: AsRef<str>>(names: &[T]) -> String {
    format!("cluster{} {}", if names.len() == 1 { "" } else { "s" }, joined(names))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_a_sentence() {
        for (names, sentence, list) in [
            (&["a"][..], "cluster a", "a"),
            (&["a", "b"], "clusters a and b", "a, b"),
            (&["a", "b", "c", "d"], "clusters a, b, c and d", "a, b, c, d"),
            (&["a", "b", "c", "d", "e"], "clusters a, b, c and 2 more", "a, b, c and 2 more"),
        ] {
            assert_eq!((clusters(names), shortened(names)), (sentence.to_owned(), list.to_owned()));
        }
        let many: Vec<String> = (0..50).map(|n| n.to_string()).collect();
        assert_eq!(choices(&many[..16]), many[..16].join(", "));
        assert_eq!(choices(&many), format!("{} and 35 more", many[..15].join(", ")));
    }
}
