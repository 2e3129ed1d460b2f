/** Tells a layout, which Next does not, what page is asked for. Set by the proxy, whatever came in. */
export const PATH_HEADER = 'x-tallygate-path';
