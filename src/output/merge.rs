//! Reads Git's conflict markers.

use std::ops::ControlFlow;

/// A conflict marker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marker {
    /// `<<<<<<<`: this branch's lines follow.
    Ours,
    /// `|||||||`: the common ancestor's lines follow.
    Base,
    /// `=======`: the other branch's lines follow.
    Theirs,
    /// `>>>>>>>`: the conflict ends.
    End,
}

impl Marker {
    /// Reads a line as a marker.
    pub(super) fn of(line: &str) -> Option<Self> {
        let (signs, label) = line.split_at_checked(7)?;
        let marker = match signs {
            "<<<<<<<" => Self::Ours,
            "|||||||" => Self::Base,
            "=======" => Self::Theirs,
            ">>>>>>>" => Self::End,
            _ => return None,
        };
        (label.is_empty() || label.starts_with(' ')).then_some(marker)
    }
}

/// Both sides of a file with conflicts: this branch's and the other branch's. `None` without a conflict.
pub(super) fn sides(text: &str) -> Option<[String; 2]> {
    let mut sides = [String::new(), String::new()];
    let mut state = None;
    let mut conflicts = 0;
    let flow = text.split_inclusive('\n').try_for_each(|line| {
        let marker = Marker::of(line.trim_end_matches(['\n', '\r']));
        match (state, marker) {
            (None, None) => sides.iter_mut().for_each(|side| side.push_str(line)),
            (Some(Marker::Ours), None) => sides[0].push_str(line),
            (Some(Marker::Theirs), None) => sides[1].push_str(line),
            (Some(Marker::Base), None) => {}
            (None, Some(Marker::Ours))
            | (Some(Marker::Ours), Some(Marker::Base | Marker::Theirs))
            | (Some(Marker::Base), Some(Marker::Theirs)) => state = marker,
            (Some(Marker::Theirs), Some(Marker::End)) => {
                state = None;
                conflicts += 1;
            }
            _ => return ControlFlow::Break(()),
        }
        ControlFlow::Continue(())
    });
    (flow.is_continue() && state.is_none() && conflicts > 0).then_some(sides)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_are_put_together() {
        let text = "a\n<<<<<<< HEAD\nb1\n||||||| base\nb0\n=======\nb2\n>>>>>>> other\nc\n<<<<<<< HEAD\n=======\nd\n>>>>>>> other\n";
        assert_eq!(sides(text), Some(["a\nb1\nc\n".into(), "a\nb2\nc\nd\n".into()]));
    }

    #[test]
    fn other_files_have_none() {
        for text in ["a\nb\n", "a\n=======\nb\n", "<<<<<<< HEAD\na\n", "<<<<<<< HEAD\n>>>>>>> x\n", "<<<<<<<x\n"] {
            assert_eq!(sides(text), None, "{text:?}");
        }
    }
}
