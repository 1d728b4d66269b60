find_package(brig REQUIRED COMPONENTS nonsense)
