import { beforeAll, describe, expect, it } from 'vitest';
import type { ClaimPath, Question } from '../src/lib/dcql';
import { readRegistration, refuseOverAsking, type Registration } from '../src/lib/registration';
import { toBase64Url } from '../src/lib/bytes';
import { hashOf, party, registrarId, registrationOf, sign, vct, world, type World } from './world';

let here: World;
let accessCertificate: string;

beforeAll(async () => {
  here = await world();
  accessCertificate = await hashOf(here.hotel);
});

const read = (...tokens: string[]) =>
  readRegistration(
    tokens.map((data) => ({ format: 'registration_cert', data })),
    { registrars: [here.registrarCa.certificate], accessCertificate, now: new Date() },
  );
const unregistered = expect.objectContaining({ kind: 'asker_unregistered' });

describe('the registration certificate', () => {
  it('says who asks and why', async () => {
    expect(await read(await registrationOf(here))).toMatchObject({
      relyingParty: 'hotel-nansha',
      name: { id: 'Hotel Pelabuhan Nansha' },
      purpose: { id: 'hotel-check-in' },
      level: 'light',
      retentionDays: 30,
      resultOnly: false,
      privacyPolicy: undefined,
    });
  });

  it('is refused when missing or doubled', async () => {
    const token = await registrationOf(here);
    await expect(read()).rejects.toEqual(unregistered);
    await expect(read(token, token)).rejects.toEqual(unregistered);
  });

  it('is refused for another access certificate', async () => {
    const other = await registrationOf(here, { access_certificate: await hashOf(here.issuer) });
    await expect(read(other)).rejects.toEqual(unregistered);
  });

  it('is refused out of its time', async () => {
    const now = Math.floor(Date.now() / 1000);
    await expect(read(await registrationOf(here, { exp: now - 62 }))).rejects.toEqual(unregistered);
    await expect(read(await registrationOf(here, { iat: now + 62 }))).rejects.toEqual(unregistered);
  });

  it('is refused from anybody but the registrar', async () => {
    await expect(read(await registrationOf(here, {}, await party('Registrar')))).rejects.toEqual(
      unregistered,
    );
    // Certified by the same authority, but not as the registrar.
    const hotelThere = await party('Hotel', here.registrarCa, { uri: 'https://hotel.example' });
    await expect(read(await registrationOf(here, {}, hotelThere))).rejects.toEqual(unregistered);
    await expect(read(await registrationOf(here, { iss: 'https://elsewhere.example' }))).rejects.toEqual(
      unregistered,
    );
    expect(registrarId).toContain('registrar');
  });

  it('shows no link that is not a web address', async () => {
    const registration = await read(await registrationOf(here, { privacy_policy: 'javascript:alert(1)' }));
    expect(registration.privacyPolicy).toBeUndefined();
  });
});

const registration: Registration = {
  relyingParty: 'hotel-nansha',
  name: {},
  purpose: { id: '', text: {} },
  level: 'light',
  claims: [
    ['family_name'],
    ['age_equal_or_over', '18'],
    ['nationalities', null],
    ['pseudonyms', 'hotel-nansha'],
    ['pseudonyms'],
  ],
  retentionDays: 0,
  resultOnly: false,
  privacyPolicy: undefined,
};
const asking = (paths: ClaimPath[], vcts = [vct]): Question => ({
  id: 'card',
  vcts,
  claims: paths.map((path) => ({ id: undefined, path, values: undefined })),
  claimSets: undefined,
});
const weigh = (paths: ClaimPath[], vcts?: string[], level: Registration['level'] = 'light') => {
  refuseOverAsking(asking(paths, vcts), { ...registration, level });
};
const full = 'urn:tanda:card:full:1';

describe('the registrar’s list', () => {
  const uri = 'https://registrar.example/registration-status/0';
  const status = { status_list: { idx: 5, uri } };
  const seconds = () => Math.floor(Date.now() / 1000);
  /** A list of sixteen entries of two bits, the sixth being this one, as zlib has it. */
  const listed = async (entry: number, more: object = {}, by = here.registrar): Promise<string> => {
    const bytes = new Uint8Array(4);
    bytes[1] = entry << 2;
    const packed = new Blob([bytes]).stream().pipeThrough(new CompressionStream('deflate'));
    const lst = toBase64Url(new Uint8Array(await new Response(packed).arrayBuffer()));
    const payload = { sub: uri, iat: seconds(), ttl: 15, status_list: { bits: 2, lst }, ...more };
    return sign(by, { typ: 'statuslist+jwt' }, payload);
  };
  const withList = async (...lists: string[]) =>
    readRegistration(
      [
        { format: 'registration_cert', data: await registrationOf(here, { status }) },
        ...lists.map((data) => ({ format: 'statuslist+jwt', data })),
      ],
      { registrars: [here.registrarCa.certificate], accessCertificate, now: new Date() },
    );
  const refused = (kind: string) => expect.objectContaining({ kind });

  it('says whether the registration holds', async () => {
    expect(await withList(await listed(0))).toMatchObject({ relyingParty: 'hotel-nansha' });
    await expect(withList(await listed(2))).rejects.toEqual(
      expect.objectContaining({
        kind: 'asker_suspended',
        about: { who: { en: 'Nansha Harbour Hotel', id: 'Hotel Pelabuhan Nansha' } },
      }),
    );
    await expect(withList(await listed(1))).rejects.toEqual(refused('asker_withdrawn'));
    await expect(withList(await listed(3))).rejects.toEqual(refused('asker_standing_unknown'));
  });

  it('is needed, once, fresh, from the registrar, and the right one', async () => {
    const unknown = refused('asker_standing_unknown');
    const good = await listed(0);
    await expect(withList()).rejects.toEqual(unknown);
    await expect(withList(good, good)).rejects.toEqual(unknown);
    await expect(withList(await listed(0, { iat: seconds() - 62 }))).rejects.toEqual(unknown);
    await expect(withList(await listed(0, { iat: seconds() + 62 }))).rejects.toEqual(unknown);
    await expect(withList(await listed(0, { sub: `${uri}1` }))).rejects.toEqual(unknown);
    await expect(withList(await listed(0, {}, here.hotel))).rejects.toEqual(unknown);
    const below = await party('Hotel', here.registrarCa, { uri: 'https://hotel.example' });
    await expect(withList(await listed(0, {}, below))).rejects.toEqual(unknown);
    const short = { status_list: { bits: 2, lst: 'AAAA' } };
    await expect(withList(await listed(0, short))).rejects.toEqual(unknown);
  });
});

describe('over-asking', () => {
  it('is not what was registered, nor a part of it', () => {
    expect(() =>
      weigh([['family_name'], ['age_equal_or_over', '18'], ['nationalities', 0], ['nationalities', null]]),
    ).not.toThrow();
    expect(() => weigh([])).not.toThrow();
  });

  it('is any other claim, and the refusal says which', () => {
    expect(() => weigh([['family_name'], ['sex'], ['birthdate']])).toThrow(
      expect.objectContaining({ kind: 'over_asking_data', about: { claims: [['sex'], ['birthdate']] } }),
    );
  });

  it('is the whole where a part is registered', () => {
    expect(() => weigh([['age_equal_or_over']])).toThrow(
      expect.objectContaining({ kind: 'over_asking_data' }),
    );
    expect(() => weigh([['age_equal_or_over', '21']])).toThrow(
      expect.objectContaining({ kind: 'over_asking_data' }),
    );
  });

  it("is another's pseudonym, whatever is registered", () => {
    expect(() => weigh([['pseudonyms', 'hotel-nansha']])).not.toThrow();
    for (const path of [['pseudonyms', 'cafe-comet'], ['pseudonyms'], ['pseudonyms', null]])
      expect(() => weigh([path as ClaimPath])).toThrow(expect.objectContaining({ kind: 'over_asking_data' }));
  });

  it('is the full card where the light one is registered', () => {
    expect(() => weigh([], [full])).toThrow(expect.objectContaining({ kind: 'over_asking_level' }));
    expect(() => weigh([], [full, vct])).not.toThrow();
    expect(() => weigh([], [full], 'full')).not.toThrow();
    expect(() => weigh([], ['urn:other'])).toThrow(expect.objectContaining({ kind: 'request_unsupported' }));
  });
});
