import { send } from './http';
import { Problem } from './problem';
import { walletConfig, type WalletConfig } from './provider';
import { keep, recall } from './store';
import { readTrustList, type TrustList } from './trust-list';
import { readCertificate } from './x509';

export interface Surroundings {
  config: WalletConfig;
  trust: TrustList;
}

/** How long a fetched list is used without asking again. */
const freshFor = 5 * 60_000;
let known: { at: number; value: Surroundings } | undefined;

/** Where everything is, and the trust list, checked against the anchor that the page is configured with. */
export async function surroundings(): Promise<Surroundings> {
  if (known && Date.now() - known.at < freshFor) return known.value;
  const config = await walletConfig();
  const response = await send(config.trustList);
  if (!response.ok) throw new Problem('service_down');
  const seen = await recall('trustSequence');
  const trust = await readTrustList(
    await response.text(),
    [readCertificate(config.trustAnchor)],
    seen,
    new Date(),
  );
  if (trust.sequence !== seen) await keep('trustSequence', trust.sequence);
  known = { at: Date.now(), value: { config, trust } };
  return known.value;
}
