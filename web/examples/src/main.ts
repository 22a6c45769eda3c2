import '@tanda/ui/base.css';
import { isLanguage, language, speak } from '@tanda/ui/language.svelte';
import { mount } from 'svelte';
import App from './App.svelte';

const wanted = new URLSearchParams(location.search);
const tongue = wanted.get('language');
speak(isLanguage(tongue) ? tongue : language());
const theme = wanted.get('theme');
if (theme) document.documentElement.dataset['theme'] = theme;
const target = document.getElementById('app');
if (target) mount(App, { target });
