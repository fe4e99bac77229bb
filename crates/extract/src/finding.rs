//! What listings show about the assumption behind them.

use std::fmt;

use model::Window;

/// Something that a listing showed about assumption A-12: that `total` counts the resumes and
/// `idList` lists them all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListFinding {
    /// The list stayed shorter than its total, though its hours were split as far as that helped.
    TotalAbove {
        /// The hours.
        window: Window,
        /// What `total` stated.
        total: u64,
        /// How many were found.
        listed: u64,
    },
    /// The list was shorter than its total; its hours, asked apart, gave the rest.
    ShortListCompleted {
        /// The hours.
        window: Window,
        /// How many were listed at first.
        first: u64,
        /// How many were found.
        found: u64,
    },
    /// The list is longer than its total.
    TotalBelow {
        /// The hours.
        window: Window,
        /// What `total` stated.
        total: u64,
        /// How many were listed.
        listed: u64,
    },
    /// A count at which lists like to be capped proved to be the whole list.
    RoundCountConfirmed {
        /// The hours.
        window: Window,
        /// The count.
        count: u64,
    },
    /// A count at which lists like to be capped was a cap: the hours, asked apart, gave more.
    RoundCountCapped {
        /// The hours.
        window: Window,
        /// The count.
        count: u64,
        /// How many were found.
        found: u64,
    },
    /// A count at which lists like to be capped, in a single hour, which can't be split.
    RoundCountUnchecked {
        /// The hour.
        window: Window,
        /// The count.
        count: u64,
    },
    /// The list repeats ids.
    DuplicateIds {
        /// The hours.
        window: Window,
        /// How many entries repeat an earlier one.
        repeated: u64,
    },
}

impl ListFinding {
    /// The assumption of the contract that it speaks of.
    pub const fn assumption(&self) -> &'static str {
        "A-12"
    }

    /// Whether the assumption held.
    pub const fn is_held(&self) -> bool {
        match self {
            Self::RoundCountConfirmed { .. } => true,
            Self::TotalAbove { .. }
            | Self::ShortListCompleted { .. }
            | Self::TotalBelow { .. }
            | Self::RoundCountCapped { .. }
            | Self::RoundCountUnchecked { .. }
            | Self::DuplicateIds { .. } => false,
        }
    }

    /// The list may lack ids that no further call would show.
    pub const fn is_short(&self) -> bool {
        match self {
            Self::TotalAbove { .. } | Self::RoundCountUnchecked { .. } => true,
            Self::ShortListCompleted { .. }
            | Self::TotalBelow { .. }
            | Self::RoundCountConfirmed { .. }
            | Self::RoundCountCapped { .. }
            | Self::DuplicateIds { .. } => false,
        }
    }
}

impl fmt::Display for ListFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TotalAbove { window, total, listed } => {
                write!(f, "{window}: 104 counts {total} and lists {listed}, also by halves")
            }
            Self::ShortListCompleted { window, first, found } => {
                write!(f, "{window}: 104 listed {first}, and {found} by halves")
            }
            Self::TotalBelow { window, total, listed } => {
                write!(f, "{window}: 104 counts {total} and lists {listed}")
            }
            Self::RoundCountConfirmed { window, count } => {
                write!(f, "{window}: exactly {count} listed, and no more by halves")
            }
            Self::RoundCountCapped { window, count, found } => {
                write!(f, "{window}: exactly {count} listed, but {found} by halves")
            }
            Self::RoundCountUnchecked { window, count } => {
                write!(f, "{window}: exactly {count} listed in one hour; it may be a cap")
            }
            Self::DuplicateIds { window, repeated } => {
                write!(f, "{window}: {repeated} entries of the list repeat others")
            }
        }
    }
}
