/** The two pages that do something: the decoder, and the kit on a reference. */
export { toolScripts } from './bundle.ts';
export { toolPages } from './pages.ts';
