package dev.matryoshka.engine;

/**
 * A virtual thread of the loop can go on, says another thread. The envelope tells it from callbacks, which lie in the inbox as
 * they are: an unpark, with its hand-over between two schedulers, does not notice sixteen bytes, a post would.
 */
record ThreadMail(Runnable continuation) {}
