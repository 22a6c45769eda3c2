import { catalogue } from '@tanda/ui/language.svelte';
import en from '../messages/en.json';
import id from '../messages/id.json';
import zh from '../messages/zh.json';

/** The console's texts. */
export const t = catalogue({ en, id, zh });
