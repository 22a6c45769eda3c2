//! Images in, scores out: face matching, presentation-attack detection, 1:N search.
