mod deleting;
mod guarding;
mod keeping;
mod looking;
mod presenting;
mod trusting;
