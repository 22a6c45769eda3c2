import { isLanguage, language, speak } from '@tanda/ui/language.svelte';

// Before any example is made: some bring texts along in the language that is asked for.
const wanted = new URLSearchParams(location.search).get('language');
speak(isLanguage(wanted) ? wanted : language());
