mod keeping;
mod presenting;
mod trusting;
