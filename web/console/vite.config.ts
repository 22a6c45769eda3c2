import { page } from '../vite.page.ts';

export default page(import.meta.dirname, 'console');
