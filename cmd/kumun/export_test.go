package main

var Furnish = furnish
