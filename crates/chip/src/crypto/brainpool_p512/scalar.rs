//! How many times a point is added to itself: numbers modulo the curve's order.

use primeorder::elliptic_curve::bigint::{Odd, U512};
use primeorder::elliptic_curve::ff::PrimeField;
use primeorder::elliptic_curve::scalar::{FromUintUnchecked, IsHigh};
use primeorder::{elliptic_curve, wnaf};
use subtle::{Choice, ConstantTimeEq, ConstantTimeGreater as _, CtOption};

use super::BrainpoolP512r1;

const ORDER_HEX: &str = "aadd9db8dbe9c48b3fd4e6ae33c9fc07cb308db3b3c9d20ed6639cca70330870553e5c414ca92619418661197fac10471db1d381085ddaddb58796829ca90069";
pub(super) const ORDER: Odd<U512> = Odd::<U512>::from_be_hex(ORDER_HEX);

primefield::monty_field_params! {
    name: ScalarParams,
    modulus: ORDER_HEX,
    uint: U512,
    byte_order: primefield::ByteOrder::BigEndian,
    multiplicative_generator: 7,
    doc: "The curve's order"
}

primefield::monty_field_element! {
    name: Scalar,
    params: ScalarParams,
    uint: U512,
    doc: "A number of times"
}

primefield::monty_field_arithmetic! {
    name: Scalar,
    params: ScalarParams,
    uint: U512
}

primefield::monty_field_reduce! {
    name: Scalar,
    params: ScalarParams,
    uint: U512,
}

elliptic_curve::scalar_impls!(BrainpoolP512r1, Scalar);

wnaf::impl_wnaf_size_for_scalar!(Scalar);

impl AsRef<Self> for Scalar {
    fn as_ref(&self) -> &Self {
        self
    }
}

impl FromUintUnchecked for Scalar {
    type Uint = U512;

    fn from_uint_unchecked(uint: U512) -> Self {
        Self::from_uint_unchecked(uint)
    }
}

impl IsHigh for Scalar {
    fn is_high(&self) -> Choice {
        self.to_canonical().ct_gt(&ORDER.as_ref().shr_vartime(1))
    }
}
