import '@tanda/ui/base.css';
import { language, speak } from '@tanda/ui/language.svelte';
import { mount } from 'svelte';
import App from './App.svelte';

speak(language());
const target = document.getElementById('app');
if (target) mount(App, { target });
