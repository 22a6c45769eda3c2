// A resident with a phone: the wallet page in a context of its own, with a passkey and a test camera.
import { phone, openPage, screen } from './browser.mjs';
import { person, testCamera } from './camera.mjs';

const authenticators = new WeakMap();

/** Chromium's virtual authenticator: a phone that unlocks its passkeys at once. */
export async function withPasskeys(page) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      hasPrf: true,
      automaticPresenceSimulation: true,
    },
  });
  authenticators.set(page, { devtools, authenticatorId });
}

/** Whether whoever holds the phone is its owner: unlocks its passkeys, or is not able to. */
export async function isOwner(page, owner) {
  const { devtools, authenticatorId } = authenticators.get(page);
  await devtools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: owner });
}

/** The passkeys of a page's phone, as a password store takes them to the owner's other devices. */
export async function passkeys(page) {
  const { devtools, authenticatorId } = authenticators.get(page);
  const { credentials } = await devtools.send('WebAuthn.getCredentials', { authenticatorId });
  return credentials;
}

export async function usePasskeys(page, credentials) {
  const { devtools, authenticatorId } = authenticators.get(page);
  for (const credential of credentials)
    await devtools.send('WebAuthn.addCredential', { authenticatorId, credential });
}

export async function openWallet(
  browser,
  city,
  resident,
  { pictures, language = 'en', theme = 'light', reaction = 0 } = {},
) {
  const context = await browser.newContext({
    viewport: phone,
    locale: language,
    colorScheme: theme,
  });
  await testCamera(context, pictures ?? person(resident.pictures), reaction);
  const page = await openPage(context);
  await withPasskeys(page);
  await page.goto(city.wallet);
  await screen(page, 'welcome');
  return page;
}

/** From the first screen to the decision: account, details, consent, live capture. */
export async function apply(page, resident) {
  await agreeToCapture(page, resident);
  await screen(page, 'capture');
}

/** The same until the camera opens, for a capture that may be over before it is seen. */
export async function agreeToCapture(page, { number, name }) {
  await page.getByRole('button', { name: 'Get my card' }).click();
  await screen(page, 'account');
  await page.getByLabel('What should we call this account?').fill('Tester');
  await page.getByRole('button', { name: 'Make a passkey' }).click();
  await screen(page, 'details');
  await fillDetails(page, { number, name });
}

export async function fillDetails(page, { number, name }) {
  await page.getByLabel('Resident number').fill(number);
  await page.getByLabel('Full name').fill(name);
  await page.getByRole('button', { name: 'Go on' }).click();
  await screen(page, 'consent');
  await page.getByRole('button', { name: 'I agree, open the camera' }).click();
}

/** The desk's screen in a context of its own, enrolled by the printed link, with its staff on shift. */
export async function openDesk(browser, city, id, options = {}) {
  const context =
    options.context ??
    (await browser.newContext({
      viewport: { width: 1280, height: 800 },
      locale: 'en',
    }));
  const page = await openPage(context);
  await page.goto(city.deskLink(id));
  const { staff, pin } = city.staff(id);
  await signIn(page, staff, pin);
  return page;
}

/** Somebody begins a shift at a desk. */
export async function signIn(desk, staff, pin) {
  await screen(desk, 'shift');
  await desk.getByLabel('Your name here').fill(staff);
  await desk.getByLabel('PIN').fill(pin);
  await desk.getByRole('button', { name: 'Begin shift' }).click();
  await screen(desk, 'choose');
}

export async function ask(desk, purpose) {
  await desk.locator(`[data-purpose="${purpose}"]`).click();
  await screen(desk, 'request');
}

/** Types the code that stands on the desk's screen. */
export async function byCode(page, desk) {
  const code = await desk.locator('[data-code]').getAttribute('data-code');
  await page.getByRole('button', { name: 'Type a code' }).click();
  await page.getByLabel('Code').fill(code.toLowerCase().replace('-', ' '));
  await page.getByRole('button', { name: 'Go on' }).click();
}

export async function agree(page) {
  await screen(page, 'ask');
  await page.getByRole('button', { name: 'Agree and show' }).click();
  await screen(page, 'shown');
}

export async function verdictOf(desk) {
  await screen(desk, 'verdict');
  return desk.locator('[data-outcome]').first().getAttribute('data-outcome');
}
