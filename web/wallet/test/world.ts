import {
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
  type X509Certificate,
} from '@peculiar/x509';
import { fromBase64, sha256, toBase64Url, utf8, randomBytes } from '../src/lib/bytes';
import { granted, listType, serviceTypes } from '../src/lib/trust-list';
import type { PublicJwk } from '../src/lib/keys';

/** A small world of certificates and signers, made fresh for each test file. */
export interface Party {
  certificate: X509Certificate;
  keys: CryptoKeyPair;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const day = 86_400_000;

export async function party(
  name: string,
  by?: Party,
  options: { ca?: boolean; from?: number; until?: number; uri?: string; organisation?: string } = {},
): Promise<Party> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const { ca = by === undefined, from = -day, until = 365 * day, uri, organisation } = options;
  const certificate = await X509CertificateGenerator.create({
    serialNumber: toHex(randomBytes(8)),
    subject: organisation ? `CN=${name}, O=${organisation}` : `CN=${name}`,
    issuer: by ? by.certificate.subject : `CN=${name}`,
    notBefore: new Date(Date.now() + from),
    notAfter: new Date(Date.now() + until),
    publicKey: keys.publicKey,
    signingKey: (by ?? { keys }).keys.privateKey,
    signingAlgorithm: algorithm,
    extensions: [
      new BasicConstraintsExtension(ca, undefined, true),
      new KeyUsagesExtension(ca ? KeyUsageFlags.keyCertSign : KeyUsageFlags.digitalSignature, true),
      ...(uri ? [new SubjectAlternativeNameExtension([{ type: 'url', value: uri }])] : []),
    ],
  });
  return { certificate, keys };
}

function toHex(bytes: Uint8Array): string {
  return `0${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

export function der(of: Party): string {
  return btoa(String.fromCharCode(...new Uint8Array(of.certificate.rawData)));
}

export async function hashOf(of: Party): Promise<string> {
  return toBase64Url(await sha256(fromBase64(der(of))));
}

const part = (value: unknown): string => toBase64Url(utf8(JSON.stringify(value)));

export async function sign(
  by: Party,
  header: object,
  payload: object,
  chain: Party[] = [by],
): Promise<string> {
  const text = `${part({ alg: 'ES256', x5c: chain.map(der), ...header })}.${part(payload)}`;
  const signature = await crypto.subtle.sign(algorithm, by.keys.privateKey, utf8(text));
  return `${text}.${toBase64Url(new Uint8Array(signature))}`;
}

export function service(type: string, anchors: Party[], more: object = {}): object {
  return {
    ServiceInformation: {
      ServiceName: [{ lang: 'en', value: 'A service' }],
      ServiceTypeIdentifier: type,
      ServiceDigitalIdentity: { X509Certificates: anchors.map((anchor) => ({ val: der(anchor) })) },
      ServiceStatus: granted,
      StatusStartingTime: new Date(Date.now() - day).toISOString(),
      ...more,
    },
  };
}

export function listOf(services: object[], scheme: object = {}): object {
  return {
    LoTE: {
      ListAndSchemeInformation: {
        LoTEVersionIdentifier: 1,
        LoTESequenceNumber: 7,
        LoTEType: listType,
        SchemeOperatorName: [{ lang: 'en', value: 'Operator' }],
        ListIssueDateTime: new Date(Date.now() - 60_000).toISOString(),
        NextUpdate: new Date(Date.now() + day).toISOString(),
        ...scheme,
      },
      TrustedEntitiesList: [
        {
          TrustedEntityInformation: {
            TEName: [{ lang: 'en', value: 'Nansha District Office' }],
            TEInformationURI: [{ lang: 'en', uriValue: 'https://authority.example' }],
          },
          TrustedEntityServices: services,
        },
      ],
    },
  };
}

export interface World {
  operator: Party;
  issuerCa: Party;
  issuer: Party;
  accessCa: Party;
  registrarCa: Party;
  registrar: Party;
  hotel: Party;
}

export const issuerId = 'https://authority.example';
export const registrarId = 'https://authority.example/registrar';
export const vct = 'urn:tanda:card:light:1';

export async function world(): Promise<World> {
  const [operator, issuerCa, accessCa, registrarCa] = await Promise.all(
    ['Operator', 'Issuer CA', 'Access CA', 'Registrar CA'].map((name) => party(name)),
  );
  if (!operator || !issuerCa || !accessCa || !registrarCa) throw new Error('no parties');
  return {
    operator,
    issuerCa,
    issuer: await party('Issuer', issuerCa),
    accessCa,
    registrarCa,
    registrar: await party('Registrar', registrarCa, { uri: registrarId }),
    hotel: await party('Hotel', accessCa),
  };
}

export function servicesOf(of: World): object[] {
  return [
    service(serviceTypes.issuance, [of.issuerCa], {
      ServiceSupplyPoints: [{ uriValue: issuerId }],
      ServiceInformationExtensions: [{ CredentialTypes: [vct] }],
    }),
    service(serviceTypes.accessCa, [of.accessCa]),
    service(serviceTypes.registrar, [of.registrarCa]),
    service(serviceTypes.verifier, [], {
      ServiceSupplyPoints: [{ uriValue: 'https://verifier.example/' }],
      ServiceInformationExtensions: [{ CodePrefix: 'AB' }],
    }),
    service(serviceTypes.log, [], {
      ServiceSupplyPoints: [{ uriValue: `${issuerId}/log` }],
      ServiceInformationExtensions: [{ LogKey: 'authority.example/log+00000000+AQ==' }],
    }),
  ];
}

export async function registrationOf(
  of: World,
  more: object = {},
  by: Party = of.registrar,
): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return sign(
    by,
    { typ: 'rc-rp+jwt' },
    {
      iss: registrarId,
      sub: 'hotel-nansha',
      name: { en: 'Nansha Harbour Hotel', id: 'Hotel Pelabuhan Nansha' },
      iat: now - 60,
      exp: now + 3600,
      purpose: { id: 'hotel-check-in', text: { en: 'Hotel check-in', id: 'Masuk hotel' } },
      level: 'light',
      claims: [['family_name'], ['given_name'], ['age_equal_or_over', '18'], ['pseudonyms', 'hotel-nansha']],
      retention_days: 30,
      access_certificate: await hashOf(of.hotel),
      ...more,
    },
  );
}

/** A copy of the card as an issuer would make it, all claims selectively disclosable. */
export async function copyFor(
  of: World,
  holder: PublicJwk,
  change: { payload?: object; header?: object; by?: Party; disclosures?: (made: string[]) => string[] } = {},
): Promise<string> {
  const disclosures: string[] = [];
  const hide = async (name: string, value: unknown): Promise<string> => {
    const disclosure = part([toBase64Url(randomBytes(16)), name, value]);
    disclosures.push(disclosure);
    return toBase64Url(await sha256(utf8(disclosure)));
  };
  const ages = [await hide('18', true), await hide('60', false)];
  const pseudonyms = [await hide('hotel-nansha', 'for-the-hotel'), await hide('cafe-comet', 'for-the-cafe')];
  const digests = [
    await hide('family_name', 'Sample'),
    await hide('given_name', 'Putri'),
    await hide('birthdate', '1994-03-12'),
    await hide('pseudonyms', { _sd: pseudonyms }),
  ];
  const now = Math.floor(Date.now() / 1000);
  const payload = {
    iss: issuerId,
    vct,
    iat: now - (now % 86_400),
    exp: now + 30 * 86_400,
    cnf: { jwk: holder },
    status: { status_list: { idx: 17, uri: `${issuerId}/status-lists/1` } },
    _sd_alg: 'sha-256',
    _sd: digests,
    age_equal_or_over: { _sd: ages },
    ...change.payload,
  };
  const jws = await sign(change.by ?? of.issuer, { typ: 'dc+sd-jwt', ...change.header }, payload);
  const chosen = change.disclosures ? change.disclosures(disclosures) : disclosures;
  return `${[jws, ...chosen].join('~')}~`;
}
