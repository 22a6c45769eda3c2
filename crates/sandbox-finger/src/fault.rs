use core::fmt;
use core::str::FromStr;

/// What is wrong with a print, each of which a hand-in has to find, or to bear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PrintFault {
    /// It is a print of another finger of the same person.
    OtherFinger,
    /// A part of the finger touched the glass, and that at its edge.
    Partial,
    /// Nothing touched it.
    Blank,
    /// It is a photograph of a wooden desk.
    Desk,
}

impl PrintFault {
    /// Every fault.
    pub const ALL: [Self; 4] = [Self::OtherFinger, Self::Partial, Self::Blank, Self::Desk];

    /// Its name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OtherFinger => "other-finger",
            Self::Partial => "partial",
            Self::Blank => "blank",
            Self::Desk => "desk",
        }
    }
}

impl fmt::Display for PrintFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for PrintFault {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|fault| fault.name() == name).ok_or_else(|| {
            let known = Self::ALL.map(Self::name).join(", ");
            format!("no such fault; there are {known}")
        })
    }
}
