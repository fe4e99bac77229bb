//! A resume's changes, and what old windows prove.
