#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = tanda_fuzz_targets::finger_minutiae::run(data);
});
