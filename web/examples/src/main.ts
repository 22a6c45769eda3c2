import '@tanda/ui/base.css';
import './speak';
import { mount } from 'svelte';
import App from './App.svelte';

const theme = new URLSearchParams(location.search).get('theme');
if (theme) document.documentElement.dataset['theme'] = theme;
const target = document.getElementById('app');
if (target) mount(App, { target });
