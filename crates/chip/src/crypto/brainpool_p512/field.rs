//! Coordinates: numbers modulo the field's prime.

use primeorder::elliptic_curve::bigint::U512;
use primeorder::elliptic_curve::ff::PrimeField;
use primeorder::elliptic_curve::ops::BatchInvert;
use subtle::{Choice, ConstantTimeEq, CtOption};

primefield::monty_field_params! {
    name: FieldParams,
    modulus: "aadd9db8dbe9c48b3fd4e6ae33c9fc07cb308db3b3c9d20ed6639cca703308717d4d9b009bc66842aecda12ae6a380e62881ff2f2d82c68528aa6056583a48f3",
    uint: U512,
    byte_order: primefield::ByteOrder::BigEndian,
    multiplicative_generator: 2,
    doc: "The field's prime"
}

primefield::monty_field_element! {
    name: FieldElement,
    params: FieldParams,
    uint: U512,
    doc: "A coordinate"
}

primefield::monty_field_arithmetic! {
    name: FieldElement,
    params: FieldParams,
    uint: U512
}

impl BatchInvert for FieldElement {}
