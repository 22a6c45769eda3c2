import { BadSignature, verifySigned } from './jws';
import { fields, list, number, text, Unreadable, type Fields } from './read';
import { BadChain, readCertificate, skewSeconds, type Certificate } from './x509';
import { Problem } from './problem';

/** The list's own type, and the kinds of service in it (ETSI TS 119 602 annexes D to G; the last two are Tanda's). */
export const listType = 'urn:tanda:lote-type:1';
export const serviceTypes = {
  issuance: 'http://uri.etsi.org/19602/SvcType/PID/Issuance',
  walletProvider: 'http://uri.etsi.org/19602/SvcType/WalletSolution/Issuance',
  accessCa: 'http://uri.etsi.org/19602/SvcType/WRPAC/Issuance',
  registrar: 'http://uri.etsi.org/19602/SvcType/WRPRC/Issuance',
  verifier: 'urn:tanda:svc-type:verifier',
  log: 'urn:tanda:svc-type:log',
} as const;
/** Only this word grants anything (TS 119 612 clause 5.5.4). */
export const granted = 'http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted';

export interface ListedIssuer {
  /** The credential issuer's identifier: its `iss` and OpenID4VCI address. */
  id: string;
  name: Record<string, string>;
  anchors: Certificate[];
  vcts: string[];
  /** The C2SP verifier key of the log in which the issuer answers for what it does. */
  logKey: string | undefined;
}

/** Whom this wallet believes, as the trust list's operator signed it. */
export interface TrustList {
  sequence: number;
  issuers: ListedIssuer[];
  accessCas: Certificate[];
  registrars: Certificate[];
  verifiers: { url: string; codePrefix: string }[];
}

/**
 * Checks the list's signature up to the pinned anchor, its life, and that it is no older than one seen before.
 */
export async function readTrustList(
  token: string,
  pinned: readonly Certificate[],
  lastSequence: number | undefined,
  now: Date,
): Promise<TrustList> {
  let payload: Fields;
  try {
    ({ payload } = await verifySigned(token, { typ: 'lote+jwt', anchors: pinned, now }));
  } catch (error) {
    if (error instanceof BadSignature || error instanceof BadChain || error instanceof Unreadable)
      throw new Problem('trust_list_bad');
    throw error;
  }
  try {
    const trust = view(payload, now);
    if (lastSequence !== undefined && trust.sequence < lastSequence) throw new Problem('trust_list_stale');
    return trust;
  } catch (error) {
    if (error instanceof Unreadable || error instanceof BadChain) throw new Problem('trust_list_bad');
    throw error;
  }
}

function view(payload: Fields, now: Date): TrustList {
  const body = fields(payload['LoTE'], 'LoTE');
  const scheme = fields(body['ListAndSchemeInformation'], 'ListAndSchemeInformation');
  if (scheme['LoTEVersionIdentifier'] !== 1 || scheme['LoTEType'] !== listType)
    throw new Unreadable('LoTEType');
  const skew = skewSeconds * 1000;
  if (time(scheme['ListIssueDateTime'], 'ListIssueDateTime') - skew > now.getTime())
    throw new Problem('trust_list_stale');
  if (time(scheme['NextUpdate'], 'NextUpdate') + skew < now.getTime()) throw new Problem('trust_list_stale');
  const trust: TrustList = {
    sequence: number(scheme['LoTESequenceNumber'], 'LoTESequenceNumber'),
    issuers: [],
    accessCas: [],
    registrars: [],
    verifiers: [],
  };
  for (const entity of list(body['TrustedEntitiesList'] ?? [], 'TrustedEntitiesList')) {
    const { TrustedEntityInformation: about, TrustedEntityServices: services } = fields(entity, 'entity');
    const entityName = names(fields(about, 'TrustedEntityInformation')['TEName']);
    const infos = list(services, 'TrustedEntityServices')
      .map((service) => fields(fields(service, 'service')['ServiceInformation'], 'ServiceInformation'))
      .filter((service) => isInForce(service, now));
    const logs = infos.filter((service) => service['ServiceTypeIdentifier'] === serviceTypes.log);
    const logKey = logs[0] && text(ourExtension(logs[0])['LogKey'], 'LogKey');
    for (const service of infos) add(trust, service, entityName, logKey);
  }
  return trust;
}

/** A service that is withdrawn, or whose time has not come, is not trusted. */
function isInForce(service: Fields, now: Date): boolean {
  return (
    service['ServiceStatus'] === granted &&
    time(service['StatusStartingTime'], 'StatusStartingTime') <= now.getTime()
  );
}

function add(
  trust: TrustList,
  service: Fields,
  entityName: Record<string, string>,
  logKey: string | undefined,
): void {
  const anchors = certificates(service);
  const extension = ourExtension(service);
  const address = firstAddress(service);
  switch (text(service['ServiceTypeIdentifier'], 'ServiceTypeIdentifier')) {
    case serviceTypes.issuance:
      trust.issuers.push({
        id: text(address, 'address'),
        name: entityName,
        anchors,
        vcts: list(extension['CredentialTypes'], 'CredentialTypes').map((vct) => text(vct, 'vct')),
        logKey,
      });
      return;
    case serviceTypes.accessCa:
      trust.accessCas.push(...anchors);
      return;
    case serviceTypes.registrar:
      trust.registrars.push(...anchors);
      return;
    case serviceTypes.verifier:
      trust.verifiers.push({
        url: text(address, 'address'),
        codePrefix: text(extension['CodePrefix'], 'CodePrefix'),
      });
      return;
    // A log goes with its issuer; an unknown kind is none of ours.
    default:
  }
}

function time(value: unknown, what: string): number {
  const at = Date.parse(text(value, what));
  if (Number.isNaN(at)) throw new Unreadable(what);
  return at;
}

function names(value: unknown): Record<string, string> {
  const entries = list(value ?? [], 'names').map((entry) => {
    const { lang, value: name } = fields(entry, 'name');
    return [text(lang, 'lang'), text(name, 'value')] as const;
  });
  return Object.fromEntries(entries);
}

function certificates(service: Fields): Certificate[] {
  const identity = fields(service['ServiceDigitalIdentity'] ?? {}, 'ServiceDigitalIdentity');
  return list(identity['X509Certificates'] ?? [], 'X509Certificates').map((entry) =>
    readCertificate(typeof entry === 'string' ? entry : text(fields(entry, 'certificate')['val'], 'val')),
  );
}

function ourExtension(service: Fields): Fields {
  const extensions = list(service['ServiceInformationExtensions'] ?? [], 'ServiceInformationExtensions');
  return Object.assign({}, ...extensions.map((entry) => fields(entry, 'extension'))) as Fields;
}

function firstAddress(service: Fields): string | undefined {
  const [point] = list(service['ServiceSupplyPoints'] ?? [], 'ServiceSupplyPoints');
  if (point === undefined) return undefined;
  return typeof point === 'string'
    ? point
    : text(fields(point, 'ServiceSupplyPoint')['uriValue'], 'uriValue');
}
