// X.509 certificates for P-256 keys, in as much DER as they need (RFC 5280).
import { createSign, randomBytes } from 'node:crypto';

const tlv = (tag, ...parts) => {
  const body = Buffer.concat(parts);
  const length =
    body.length < 128 ? [body.length]
    : body.length < 256 ? [0x81, body.length]
    : [0x82, body.length >> 8, body.length & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
};
const sequence = (...parts) => tlv(0x30, ...parts);
const hex = (text) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const text = (value) => tlv(0x0c, Buffer.from(value));
// UTCTime, which RFC 5280 has until 2049.
const time = (date) => tlv(0x17, Buffer.from(`${date.toISOString().slice(2, 19).replace(/[-:T]/g, '')}Z`));

const oid = {
  commonName: hex('06 03 55 04 03'),
  ecdsaWithSha256: hex('06 08 2a 86 48 ce 3d 04 03 02'),
  basicConstraints: hex('06 03 55 1d 13'),
  keyUsage: hex('06 03 55 1d 0f'),
  subjectAltName: hex('06 03 55 1d 11'),
};
const yes = hex('01 01 ff');
const extension = (id, critical, value) => sequence(id, ...(critical ? [yes] : []), tlv(0x04, value));
const name = (common) => sequence(tlv(0x31, sequence(oid.commonName, text(common))));

/** A certificate as DER. `issuer` is `{ name, privateKey }`; an authority has no `uri`. */
export function certificate({ subject, publicKey, issuer, from, until, uri }) {
  const extensions = uri
    ? [
        extension(oid.keyUsage, true, hex('03 02 07 80')),
        extension(oid.subjectAltName, false, sequence(tlv(0x86, Buffer.from(uri)))),
      ]
    : [
        extension(oid.basicConstraints, true, sequence(yes, hex('02 01 00'))),
        extension(oid.keyUsage, true, hex('03 02 02 04')),
      ];
  const serial = randomBytes(12);
  serial[0] = (serial[0] & 0x7f) | 0x40;
  const tbs = sequence(
    tlv(0xa0, hex('02 01 02')),
    tlv(0x02, serial),
    sequence(oid.ecdsaWithSha256),
    name(issuer.name),
    sequence(time(from), time(until)),
    name(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, sequence(...extensions)),
  );
  const signature = createSign('sha256').update(tbs).sign(issuer.privateKey);
  return sequence(tbs, sequence(oid.ecdsaWithSha256), tlv(0x03, Buffer.alloc(1), signature));
}
