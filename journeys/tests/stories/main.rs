//! The stories, a module each. One binary, since linking the whole house takes longer than most of
//! them run.

#![expect(clippy::unwrap_used, reason = "a story that fails says where")]

mod a_bank_wants_the_full_card;
mod a_cafe_asks_for_a_yes;
mod a_card_is_read_over_a_relay;
mod a_card_is_revoked;
mod a_courier_takes_a_parcel;
mod a_group_travels;
mod a_guest_without_a_phone;
mod a_hotel_keeps_a_stay_register;
mod a_hotel_verifies_a_guest;
mod a_receipt_is_checked;
mod a_resident_is_in_control;
mod an_officer_handles_a_card;
mod an_officer_looks_somebody_up;
mod an_operator_takes_country_signers_over;
mod another_sites_page;
mod another_terminal_reads_the_card;
mod apply_for_the_light_card;
mod bad_input_changes_nothing;
mod double_use;
mod everything_behind_tls;
mod killed_at_any_point;
mod logs_hold_nothing_personal;
mod officers_and_relying_parties;
mod officers_at_the_console;
mod staff_sign_in_by_shift;
mod status_cannot_be_told;
mod the_command_line_speaks_plainly;
mod the_committed_interfaces_are_current;
mod the_full_card;
mod the_full_card_by_commands;
mod two_officers;
