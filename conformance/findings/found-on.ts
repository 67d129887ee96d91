/** The kernel that all findings were seen on. */
export const FOUND_ON = '7.3.4';
