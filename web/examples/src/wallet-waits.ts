import { pick } from '@tanda/ui/language.svelte';
import { t } from '../../wallet/src/messages';
import Answered from '../../wallet/src/screens/Answered.svelte';
import Interrupted from '../../wallet/src/screens/Interrupted.svelte';
import Refused from '../../wallet/src/screens/Refused.svelte';
import Waiting from '../../wallet/src/screens/Waiting.svelte';
import { example, type Example } from './example';

const nothing = (): void => undefined;

/** What the wallet shows while it waits, and what came of it, as the wallet itself says it. */
export function waitsAndEnds(
  authorityNames: Record<string, string>,
  asker: Record<string, string>,
): Example[] {
  const [authority, name] = [pick(authorityNames), pick(asker)];
  return [
    example('wallet-loading', Waiting, {
      name: 'loading',
      title: 'Tanda',
      what: t('loading'),
      usually: t('loading.usually'),
    }),
    example('wallet-deciding', Waiting, {
      name: 'deciding',
      title: t('deciding.title'),
      what: t('deciding.what', { authority }),
      usually: t('deciding.usually'),
    }),
    example('wallet-deciding-slow', Waiting, {
      name: 'deciding',
      title: t('deciding.title'),
      what: t('deciding.what', { authority }),
      usually: t('deciding.usually'),
      slowAfter: 0,
    }),
    example('wallet-receiving', Waiting, {
      name: 'deciding',
      title: t('deciding.title'),
      what: t('receiving.what'),
      usually: t('receiving.usually'),
    }),
    example('wallet-referred', Waiting, {
      name: 'referred',
      title: t('referred.title'),
      lead: t('referred.lead'),
      what: t('referred.what'),
      usually: t('referred.usually'),
    }),
    example('wallet-refused', Refused, { authority, tryAgainAfter: Date.now() + 600_000, onagain: nothing }),
    example('wallet-refused-once', Refused, { authority, tryAgainAfter: undefined, onagain: nothing }),
    example('wallet-interrupted', Interrupted, { onresume: nothing }),
    example('wallet-reading', Waiting, {
      name: 'reading',
      title: t('home.show'),
      what: t('present.reading'),
      usually: t('present.reading.usually'),
    }),
    example('wallet-sending', Waiting, {
      name: 'sending',
      title: t('present.sending'),
      what: name,
      usually: t('present.sending.usually'),
    }),
    example('wallet-looking', Waiting, {
      name: 'looking',
      title: t('looks.title'),
      what: t('looks.waiting'),
      usually: t('looks.waiting.usually'),
    }),
    ...(['shown', 'declined'] as const).map((outcome) =>
      example(`wallet-${outcome}`, Answered, { outcome, name, returns: false, onleave: nothing }),
    ),
    example('wallet-shown-returns', Answered, { outcome: 'shown', name, returns: true, onleave: nothing }),
  ];
}
