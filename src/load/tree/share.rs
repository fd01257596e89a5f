//! Texts that occur many times in a document, held once.

use crate::ids::Text;

/// How many texts are remembered: keys and labels that are near each other in a document.
const SLOTS: usize = 256;

/// Longer texts are rarely repeated.
const LONGEST: usize = 64;

/// The texts that came last, each in the slot of its hash.
pub(in crate::load) struct Shared {
    slots: Vec<Option<Text>>,
}

impl Shared {
    pub(in crate::load) fn new() -> Self {
        Self { slots: Vec::new() }
    }

    /// A text, the same one as before if it was there not long ago.
    pub(in crate::load) fn text(&mut self, text: &str) -> Text {
        if text.len() > LONGEST {
            return text.into();
        }
        if self.slots.is_empty() {
            self.slots.resize(SLOTS, None);
        }
        // FNV-1a: these texts are short.
        let hash = text.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        let Some(slot) = self.slots.get_mut(hash as usize % SLOTS) else { return text.into() };
        match slot {
            Some(known) if **known == *text => known.clone(),
            _ => slot.insert(text.into()).clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_was_there_is_the_same_one() {
        let mut shared = Shared::new();
        let first = shared.text("labels");
        assert!(Text::ptr_eq(&first, &shared.text("labels")));
        for i in 0..10 * SLOTS {
            let text = format!("text {i}");
            assert_eq!(&*shared.text(&text), text);
        }
        let long = "x".repeat(LONGEST + 1);
        assert!(!Text::ptr_eq(&shared.text(&long), &shared.text(&long)));
    }
}
