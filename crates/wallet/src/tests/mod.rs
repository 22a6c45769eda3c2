mod deleting;
mod keeping;
mod looking;
mod presenting;
mod trusting;
