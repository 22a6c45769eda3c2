import { catalogue } from '@tanda/ui/language.svelte';
import en from '../messages/en.json';
import id from '../messages/id.json';
import zh from '../messages/zh.json';

/** The desk's texts. */
export const t = catalogue({ en, id, zh });
