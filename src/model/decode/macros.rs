//! The macros that define messages and enums with their decoding.

/// Defines a message: a struct whose fields are decoded by name, each absent one at its default.
///
/// `field: Type = "jsonName"` is a plain field. After a semicolon, `oneof field: Enum { "jsonName" => Variant(Type), … }` is a oneof
/// and defines its enum; a variant marked `or null` is selected with its default by null.
#[macro_export]
macro_rules! message {
    (
        $(#[$meta:meta])*
        $name:ident {
            $($(#[$field_meta:meta])* $field:ident : $type:ty = $json:literal,)*
            $(; $(#[$oneof_meta:meta])* oneof $oneof:ident : $enum:ident {
                $($(#[$member_meta:meta])* $member:literal => $variant:ident($inner:ty) $(or $null:ident)?,)*
            })*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $type,)*
            $($(#[$oneof_meta])* pub $oneof: Option<$enum>,)*
        }

        $(
            $(#[$oneof_meta])*
            #[derive(Clone, Debug, PartialEq)]
            pub enum $enum { $($(#[$member_meta])* $variant($inner),)* }
        )*

        impl $name {
            /// The names of its fields in the API.
            pub const FIELDS: &'static [&'static str] = &[$($json,)* $($($member,)*)*];
        }

        impl $crate::model::decode::Decode for $name {
            fn decode(
                node: &$crate::load::tree::Node,
                cx: &mut $crate::model::decode::Cx<'_>,
            ) -> Option<Self> {
                let mut out = Self::default();
                let message = &mut out;
                let found = cx.fields(node, [$($json,)* $($($member,)*)*], <Self as $crate::model::decode::Decode>::paths)?;
                let mut fields = found.iter().copied();
                $(
                    if let Some(node) = fields.next().flatten() {
                        cx.at($json, |cx| $crate::model::decode::Field::set(&mut message.$field, node, cx));
                    }
                )*
                $(
                    let mut given: Vec<(&'static str, bool)> = Vec::new();
                    $(
                        let member = fields.next().flatten();
                        given.push(($member, member.is_some()));
                        if let Some(node) = member {
                            let value = cx.at($member, |cx| match node.value {
                                $($crate::load::tree::Value::Null if stringify!($null) == "null" => Some(<$inner>::default()),)?
                                $crate::load::tree::Value::Null => <$inner as $crate::model::decode::Decode>::from_null(cx),
                                _ => <$inner as $crate::model::decode::Decode>::decode(node, cx),
                            });
                            message.$oneof = value.map($enum::$variant).or(message.$oneof.take());
                        }
                    )*
                    cx.one_of(&given);
                )*
                debug_assert!(fields.next().is_none() && *message == *message, "every field has been taken");
                Some(out)
            }

            fn paths(at: &str, out: &mut Vec<String>) {
                let before = out.len();
                $(<$type as $crate::model::decode::Field>::paths(&$crate::model::decode::join(at, $json), out);)*
                $($(<$inner as $crate::model::decode::Decode>::paths(
                    &$crate::model::decode::join(at, $member),
                    out,
                );)*)*
                if out.len() == before {
                    out.push(at.to_owned());
                }
            }

            fn schema(defs: &mut $crate::model::decode::schema::Defs) -> serde_json::Value {
                let identity = concat!(module_path!(), "::", stringify!($name));
                defs.message(identity, &[$(stringify!($meta)),*], |defs, message| {
                    let _ = (&defs, &message);
                    $(
                        let schema = <$type as $crate::model::decode::Field>::schema(defs);
                        message.field($json, &[$(stringify!($field_meta)),*], schema);
                    )*
                    $(
                        $(
                            let schema = <$inner as $crate::model::decode::Decode>::schema(defs);
                            let nulls: &[&str] = &[$(stringify!($null))?];
                            message.variant($member, &[$(stringify!($member_meta)),*], schema, !nulls.is_empty());
                        )*
                        message.one_of(&[$($member),*]);
                    )*
                })
            }
        }
    };
}

/// Defines an enum whose values are known by name and by number, from 0 in the order given.
#[macro_export]
macro_rules! enumeration {
    ($(#[$meta:meta])* $name:ident { $($(#[$member_meta:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { #[default] $($(#[$member_meta])* $variant,)* }

        impl $name {
            /// The values, in the order of their numbers.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The value's name in the API.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }
        }

        impl $crate::model::decode::Decode for $name {
            fn decode(
                node: &$crate::load::tree::Node,
                cx: &mut $crate::model::decode::Cx<'_>,
            ) -> Option<Self> {
                cx.enumeration(node, &[$(($text, Self::$variant)),*])
            }

            fn from_null(_: &mut $crate::model::decode::Cx<'_>) -> Option<Self> {
                Some(Self::default())
            }

            fn schema(_: &mut $crate::model::decode::schema::Defs) -> serde_json::Value {
                $crate::model::decode::schema::enumeration(&[$($text),*])
            }
        }

        impl $crate::model::decode::Field for $name {
            fn set(&mut self, node: &$crate::load::tree::Node, cx: &mut $crate::model::decode::Cx<'_>) {
                if node.value != $crate::load::tree::Value::Null {
                    *self = <Self as $crate::model::decode::Decode>::decode(node, cx).unwrap_or_default();
                }
            }

            fn schema(defs: &mut $crate::model::decode::schema::Defs) -> serde_json::Value {
                <Self as $crate::model::decode::Decode>::schema(defs)
            }
        }
    };
}
