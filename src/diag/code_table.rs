//! What the rows of the table of codes become: the type of a code and the questions that are asked of it.

macro_rules! codes {
    (@is_loud Loud) => { true };
    (@is_loud) => { false };
    ($($name:ident $number:literal $severity:ident $exit:ident $($loud:ident)? $summary:literal $text:literal)*) => {
        /// A kind of diagnostic.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $summary] $name,)*
        }

        impl Code {
            /// Every code, in the order of their numbers.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The code as it is printed, such as `MT0101`.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $number),* }
            }

            /// The weight it has by itself.
            pub fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity),* }
            }

            /// The exit code it asks for when it is an error.
            pub fn exit(self) -> Exit {
                match self { $(Self::$name => Exit::$exit),* }
            }

            /// Whether it is always shown: key material is made, replaced or removed, or a service is opened or shut as a whole.
            /// Such a row has `Loud` behind its class.
            pub fn is_loud(self) -> bool {
                match self { $(Self::$name => codes!(@is_loud $($loud)?)),* }
            }

            /// Whether it is about CA material.
            pub fn is_about_certificates(self) -> bool {
                let number = self.as_str();
                ("MT0701".."MT0730").contains(&number)
                    || ("MT0740".."MT0800").contains(&number)
                    || self == Self::CertificateLeaves
            }

            /// Whether it is about the fleet's own templates.
            pub fn is_about_templates(self) -> bool {
                ("MT0850".."MT0870").contains(&self.as_str())
            }

            /// One line that says what it is.
            pub fn summary(self) -> &'static str {
                match self { $(Self::$name => $summary),* }
            }

            /// What it means and what to do, for `explain` and the docs.
            pub fn text(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }
        }
    };
}

pub(super) use codes;
