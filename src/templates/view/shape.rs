//! What the views that templates get have, as data: the documentation and the hints for mistyped names are made of it.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::ids::Text;

/// The form of a value.
#[derive(Clone, Debug)]
pub enum Shape {
    Text,
    Number,
    Boolean,
    /// Texts by key, such as labels.
    Texts,
    /// Whatever the settings have.
    Free,
    List(Box<Shape>),
    /// A value that may be null.
    Nullable(Box<Shape>),
    View(&'static View),
}

/// A struct that templates see.
#[derive(Debug)]
pub struct View {
    /// Its name in the documentation.
    pub name: &'static str,
    pub about: &'static str,
    pub fields: &'static [Field],
}

/// One of its fields.
#[derive(Debug)]
pub struct Field {
    /// Its name in Rust.
    rust: &'static str,
    pub about: &'static str,
    shape: fn() -> Shape,
}

impl Field {
    /// A field, for the macro `view!`.
    pub const fn new(rust: &'static str, about: &'static str, shape: fn() -> Shape) -> Self {
        Self { rust, about, shape }
    }

    /// Its name in templates: what serde makes of it by `camelCase`.
    pub fn name(&self) -> String {
        let mut parts = self.rust.trim_start_matches("r#").split('_');
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |name, part| {
            let mut letters = part.chars();
            name + &letters.next().map(|first| first.to_ascii_uppercase()).into_iter().collect::<String>()
                + letters.as_str()
        })
    }

    pub fn shape(&self) -> Shape {
        (self.shape)()
    }
}

impl Shape {
    /// The view that a value has or is a list of, if it is one.
    pub fn view(&self) -> Option<&'static View> {
        match self {
            Self::View(view) => Some(view),
            Self::List(inner) | Self::Nullable(inner) => inner.view(),
            Self::Text | Self::Number | Self::Boolean | Self::Texts | Self::Free => None,
        }
    }

    /// How the documentation calls it.
    pub fn described(&self) -> String {
        match self {
            Self::Text => "text".to_owned(),
            Self::Number => "number".to_owned(),
            Self::Boolean => "boolean".to_owned(),
            Self::Texts => "map of texts".to_owned(),
            Self::Free => "any".to_owned(),
            Self::List(inner) => format!("list of {}", inner.described()),
            Self::Nullable(inner) => format!("{} or null", inner.described()),
            Self::View(view) => format!("[{}](#{})", view.name, view.name.to_ascii_lowercase()),
        }
    }
}

/// A type of a field.
pub trait Shaped {
    fn shape() -> Shape;
}

macro_rules! shaped {
    ($($type:ty => $shape:ident;)*) => { $(impl Shaped for $type {
        fn shape() -> Shape {
            Shape::$shape
        }
    })* };
}

shaped! {
    Text => Text;
    String => Text;
    &'static str => Text;
    u32 => Number;
    usize => Number;
    bool => Boolean;
    BTreeMap<Text, Text> => Texts;
    BTreeMap<Text, Json> => Free;
}

impl<T: Shaped> Shaped for Vec<T> {
    fn shape() -> Shape {
        Shape::List(Box::new(T::shape()))
    }
}

impl<T: Shaped> Shaped for Option<T> {
    fn shape() -> Shape {
        Shape::Nullable(Box::new(T::shape()))
    }
}

/// Defines a struct that templates see: its fields are documented, and their documentation is what users read.
macro_rules! view {
    (
        $(#[doc = $about:literal])+
        $name:ident called $called:literal { $($(#[doc = $doc:literal])+ $field:ident : $type:ty,)* }
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Debug, Default, Serialize)]
        #[serde(rename_all = "camelCase")]
        pub struct $name { $($(#[doc = $doc])+ pub $field: $type,)* }

        impl $crate::templates::view::Shaped for $name {
            fn shape() -> $crate::templates::view::Shape {
                static VIEW: $crate::templates::view::View = $crate::templates::view::View {
                    name: $called,
                    about: concat!($($about),+),
                    fields: &[$($crate::templates::view::Field::new(
                        stringify!($field),
                        concat!($($doc),+),
                        <$type as $crate::templates::view::Shaped>::shape,
                    ),)*],
                };
                $crate::templates::view::Shape::View(&VIEW)
            }
        }
    };
}
pub(super) use view;
