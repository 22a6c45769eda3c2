//! Build, sign and check credentials: SD-JWT VC, status lists, trust lists. Bytes in, bytes out.
