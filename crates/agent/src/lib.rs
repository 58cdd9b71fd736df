//! The paper: one control-as-inference objective, six columns, every algorithm a row.
