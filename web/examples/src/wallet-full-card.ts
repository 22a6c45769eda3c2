import Gathering from '../../wallet/src/screens/Gathering.svelte';
import Home from '../../wallet/src/screens/Home.svelte';
import Upgrade from '../../wallet/src/screens/Upgrade.svelte';
import type { ComponentProps } from 'svelte';
import { t } from '../../wallet/src/messages';
import { example, type Example } from './example';

const nothing = (): void => undefined;
const later = (): Promise<void> => new Promise(nothing);

const office = {
  id: 'nansha',
  name: { en: 'Nansha civic centre', id: 'Pusat layanan Nansha', zh: '南沙政务中心' },
  address: {
    en: '1 Harbour Road, Sandbox City',
    id: 'Jalan Pelabuhan 1, Kota Sandbox',
    zh: '沙盒市港湾路1号',
  },
  free: [Date.UTC(2026, 11, 1, 1, 20), Date.UTC(2026, 11, 1, 1, 40), Date.UTC(2026, 11, 2, 1, 0)],
};

/** The way from the light card to the full one. */
export function fullCard(authority: string, home: ComponentProps<typeof Home>): Example[] {
  const gathering: ComponentProps<typeof Gathering> = {
    authority,
    gathered: {
      counterCode: 'ZZ4A-XN2K',
      expiresAt: Date.now() + 13 * 86_400_000,
      held: ['live-face'],
      missing: [['chip', 'attested-chip'], ['chip-face'], ['fingers'], ['officer']],
      appointment: undefined,
      chip: undefined,
      chipAt: undefined,
    },
    offices: [office],
    slotTrouble: undefined,
    relay: undefined,
    trouble: undefined,
    busy: false,
    onread: nothing,
    onbook: nothing,
    oncancel: nothing,
    onback: nothing,
  };
  return [
    example('wallet-home-upgrade-running', Home, { ...home, upgrade: 'running' }),
    example('wallet-home-upgrade-ready', Home, { ...home, upgrade: 'ready' }),
    example('wallet-upgrade', Upgrade, { authority, onagree: later, onback: nothing }),
    example('wallet-gathering', Gathering, gathering),
    example('wallet-gathering-booked', Gathering, {
      ...gathering,
      gathered: {
        ...gathering.gathered,
        appointment: { office: office.id, startsAt: Date.UTC(2026, 11, 1, 1, 20) },
      },
    }),
    example('wallet-gathering-taken', Gathering, {
      ...gathering,
      slotTrouble: t('problem.slot_taken.text'),
    }),
    example('wallet-gathering-chip-read', Gathering, {
      ...gathering,
      gathered: {
        ...gathering.gathered,
        held: ['live-face', 'chip', 'chip-face'],
        missing: [['fingers'], ['officer']],
      },
    }),
    example('wallet-gathering-relay', Gathering, {
      ...gathering,
      open: true,
      relay: {
        url: 'wss://authority.example/chip-relay/0f3a9c1d5b7e42688d11aa93f20c4e5b7a6d9c8e1f2a3b4c',
        expiresAt: Date.now() + 170_000,
      },
    }),
    example('wallet-gathering-chip-not-read', Gathering, {
      ...gathering,
      open: true,
      gathered: { ...gathering.gathered, chip: 'not-read', chipAt: 1 },
    }),
    example('wallet-gathering-trouble', Gathering, {
      ...gathering,
      open: true,
      trouble: t('problem.too_many_attempts.text', { wait: '10', time: '' }),
    }),
  ];
}
