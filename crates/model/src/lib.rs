//! The nouns that all stages share.
