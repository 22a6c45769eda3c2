// The X.509 library's parts are wired by decorators, which need this to be there first.
import 'reflect-metadata';
import {
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509Certificate,
} from '@peculiar/x509';
import { fromBase64, same, sha256, toBase64Url } from './bytes';

/** How far clocks may differ. */
export const skewSeconds = 60;

export class BadChain extends Error {
  override name = 'BadChain';
}

export type Certificate = X509Certificate;

/** Reads a certificate from base64 DER (as in `x5c` and trust lists) or PEM. */
export function readCertificate(text: string): Certificate {
  try {
    const body = text.includes('-----BEGIN') ? text.replace(/-----[^-]+-----/g, '') : text;
    return new X509Certificate(fromBase64(body));
  } catch {
    throw new BadChain('a certificate cannot be read');
  }
}

export function bytesOf(certificate: Certificate): Uint8Array {
  return new Uint8Array(certificate.rawData);
}

/** The `x509_hash` of OpenID4VP 1.0, section 5.9.3: base64url of SHA-256 over the DER form. */
export async function x509Hash(certificate: Certificate): Promise<string> {
  return toBase64Url(await sha256(bytesOf(certificate)));
}

/** The URIs among the certificate's alternative names. */
export function uris(certificate: Certificate): string[] {
  const names = certificate.getExtension(SubjectAlternativeNameExtension)?.names.items ?? [];
  return names.filter((name) => name.type === 'url').map((name) => name.value);
}

function inTime(certificate: Certificate, now: Date): boolean {
  const skew = skewSeconds * 1000;
  return (
    certificate.notBefore.getTime() - skew <= now.getTime() &&
    now.getTime() <= certificate.notAfter.getTime() + skew
  );
}

function mayIssue(certificate: Certificate): boolean {
  const constraints = certificate.getExtension(BasicConstraintsExtension);
  if (!constraints?.ca) return false;
  const usages = certificate.getExtension(KeyUsagesExtension);
  return usages === null || (usages.usages & KeyUsageFlags.keyCertSign) !== 0;
}

/**
 * Checks `x5c` (leaf first, RFC 7515 section 4.1.6) up to one of the anchors and gives the leaf. Dates, the CA
 * mark, key usage, issuer names and signatures count; a leaf that is itself an anchor passes.
 */
export async function validateChain(
  x5c: readonly string[],
  anchors: readonly Certificate[],
  now: Date,
): Promise<Certificate> {
  if (x5c.length === 0 || x5c.length > 4) throw new BadChain('the chain has no or too many certificates');
  const chain = x5c.map(readCertificate);
  const leaf = chain[0];
  if (leaf === undefined) throw new BadChain('the chain is empty');
  if (anchors.some((anchor) => same(bytesOf(anchor), bytesOf(leaf)))) {
    if (!inTime(leaf, now)) throw new BadChain('a certificate is out of date');
    return leaf;
  }
  for (const [place, certificate] of chain.entries()) {
    if (!inTime(certificate, now)) throw new BadChain('a certificate is out of date');
    if (place > 0 && !mayIssue(certificate)) throw new BadChain('a certificate may not issue others');
    for (const anchor of anchors) {
      const issued = anchor.subject === certificate.issuer && mayIssue(anchor) && inTime(anchor, now);
      if (issued && (await certificate.verify({ publicKey: anchor.publicKey, signatureOnly: true })))
        return leaf;
    }
    const issuer = chain[place + 1];
    if (issuer === undefined) break;
    if (issuer.subject !== certificate.issuer) throw new BadChain('the chain does not hang together');
    if (!(await certificate.verify({ publicKey: issuer.publicKey, signatureOnly: true })))
      throw new BadChain('a certificate is not signed by the next');
  }
  throw new BadChain('the chain ends at nobody listed');
}

/** The certificate's key for checking ES256; any other kind of key is refused. */
export async function verifyingKey(certificate: Certificate): Promise<CryptoKey> {
  const { name } = certificate.publicKey.algorithm as EcKeyAlgorithm;
  if (name !== 'ECDSA') throw new BadChain('the key is not for ES256');
  return crypto.subtle.importKey(
    'spki',
    certificate.publicKey.rawData,
    { name: 'ECDSA', namedCurve: 'P-256' },
    false,
    ['verify'],
  );
}
