import en from '../messages/en.json';
import id from '../messages/id.json';
import zh from '../messages/zh.json';
import { catalogue } from './language.svelte';

/** The texts of the shared components. */
export const messages = catalogue({ en, id, zh });
